"""SEN (Zhou et al. 2024): ResNet-50 of six channels, from random weights."""

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone=dict(
            type="JointBackbone",
            backbone=dict(type="mmpretrain.ResNet", depth=50, in_channels=6, out_indices=(3,)),
        ),
        neck=dict(type="SEN"),
    ),
    speaker=dict(
        head=dict(type="ClassicCaptionHead", num_layers=1, num_heads=8, dropout=0.5),
        tokenizer=dict(type="Vocabulary", min_count=6),
        decoding=dict(type="GreedySearch"),
    ),
)
