"""Chg2Cap (Chang and Ghamisi 2023)."""

_base_ = ["./resnet101_tuned.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="Chg2Cap"),
    ),
    speaker=dict(
        head=dict(type="ClassicCaptionHead", num_layers=1, num_heads=8, dropout=0.1, residual=True),
        tokenizer=dict(type="Vocabulary"),
        decoding=dict(type="GreedySearch"),
    ),
)
