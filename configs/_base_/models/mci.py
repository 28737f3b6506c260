"""MCI, Change-Agent's model (Liu et al. 2024), its captioning branch alone.

A config with masks sets masks=True of the neck, and a mask_head.
"""

_base_ = ["./mit-b1.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        neck=dict(type="MCI", masks=False),
        # Of all of LEVIR-CC, as the authors measured them.
        statistics=dict(
            before=dict(mean=(99.6362, 98.4887, 84.1219), std=(39.0890, 37.3014, 34.8024))
        ),
    ),
    speaker=dict(
        head=dict(type="ClassicCaptionHead", num_layers=1, num_heads=8, dropout=0.1, residual=True),
        # Words of six and more, as the authors count them.
        tokenizer=dict(type="Vocabulary", min_count=6),
        decoding=dict(type="GreedySearch"),
    ),
)
