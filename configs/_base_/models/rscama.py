"""RSCaMa (Liu et al. 2024), with the transformer decoder, the best of its three."""

_base_ = ["./clip-b32.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="RSCaMa"),
        statistics={{_base_.clip_statistics}},
    ),
    speaker=dict(
        head=dict(type="ClassicCaptionHead", num_layers=1, num_heads=8, dropout=0.1, residual=True),
        tokenizer=dict(type="Vocabulary", min_count=6),
        decoding=dict(type="GreedySearch"),
    ),
)
