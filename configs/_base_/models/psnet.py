"""PSNet (Liu et al. 2023), on ResNet-101."""

_base_ = ["./resnet101_stage3.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="PSNet", grid_size=14),
    ),
    speaker=dict(
        head=dict(
            type="ClassicCaptionHead", memory_levels=3, num_layers=3, num_heads=8, dropout=0.5
        ),
        # Words of six and more, as the authors count them.
        tokenizer=dict(type="Vocabulary", min_count=6),
        decoding=dict(type="GreedySearch"),
    ),
)
