"""DFM's JFM on a half-width ResNet-18 from scratch, without a change detector: for any bands."""

_base_ = ["./dfm.py"]

model = dict(
    encoder=dict(
        backbone=dict(
            _delete_=True,
            type="mmpretrain.ResNet",
            depth=18,
            stem_channels=32,
            base_channels=32,
            out_indices=(0, 1, 2, 3),
        ),
        change_detector=None,
        neck=dict(channels=64, out_channels=256, num_heads=4),
    ),
    speaker=dict(head=dict(dims=256, num_heads=4, num_layers=2), tokenizer=dict(min_count=1)),
    losses=dict(tgcl=dict(text_encoder=dict(_delete_=True, type="HashedNgramEncoder"))),
)
