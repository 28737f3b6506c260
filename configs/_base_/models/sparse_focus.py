"""SparseFocus (Sun et al. 2024)."""

_base_ = ["./resnet101_tuned.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="SparseFocus"),
    ),
    speaker=dict(
        head=dict(
            type="ClassicCaptionHead",
            num_layers=1,
            num_heads=8,
            ffn_dims=4096,
            dropout=0.1,
            output_dropout=0.0,
        ),
        tokenizer=dict(type="Vocabulary"),
        decoding=dict(type="GreedySearch"),
    ),
)
