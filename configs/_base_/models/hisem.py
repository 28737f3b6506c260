"""HiSem (Wang et al. 2026): routes pairs by the change flag that it predicts."""

_base_ = ["./clip-b16.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="HiSem"),
        statistics={{_base_.clip_statistics}},
    ),
    flag_head=dict(type="FlagHead", loss_weight=0.8, outputs=2, bias=False),
    speaker=dict(
        head=dict(type="HiSemCaptionHead", num_layers=1, num_heads=8),
        tokenizer=dict(type="Vocabulary", min_count=6),
        decoding=dict(type="GreedySearch"),
    ),
)
