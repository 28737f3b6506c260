"""RSICCformer (Liu et al. 2022)."""

_base_ = ["./resnet101_stage3.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="RSICCformer"),
    ),
    speaker=dict(
        head=dict(type="ClassicCaptionHead", num_layers=1, num_heads=8, dropout=0.5),
        # Words of six and more, as the authors count them.
        tokenizer=dict(type="Vocabulary", min_count=6),
        decoding=dict(type="GreedySearch"),
    ),
)
