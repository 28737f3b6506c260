"""A BIT with a half-width ResNet-18 on seven real pairs, in minutes on a CPU."""

_base_ = ["./siamese_mit-b0_airchange-mini.py"]

model = dict(
    _delete_=True,
    type="BIT",
    source_dataset={{_base_.source_dataset}},
    backbone=dict(
        type="mmpretrain.ResNet",
        depth=18,
        stem_channels=32,
        base_channels=32,
        num_stages=3,
        strides=(1, 2, 1),
        dilations=(1, 1, 1),
        out_indices=(0, 1, 2),
    ),
    depth=2,
    head_dim=16,
)

optim_wrapper = dict(optimizer=dict(lr=1e-3))
