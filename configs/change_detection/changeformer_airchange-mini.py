"""A small ChangeFormer on seven real pairs, in minutes on a CPU."""

_base_ = ["./siamese_mit-b0_airchange-mini.py"]

model = dict(
    _delete_=True,
    type="ChangeFormer",
    source_dataset={{_base_.source_dataset}},
    backbone=dict(
        type="MixTransformer",
        channels=(32, 64, 160, 256),
        depths=(2, 2, 2, 2),
        dropout=0.0,
    ),
    channels=32,
)
