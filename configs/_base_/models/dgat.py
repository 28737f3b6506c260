"""DGAT (Qin et al. 2025)."""

_base_ = ["./mit-b1.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="DGAT"),
    ),
    speaker=dict(
        head=dict(
            type="ClassicCaptionHead",
            num_layers=1,
            num_heads=8,
            dropout=0.1,
            residual=True,
            output_dropout=0.0,
        ),
        tokenizer=dict(type="Vocabulary"),
        decoding=dict(type="GreedySearch"),
    ),
)
