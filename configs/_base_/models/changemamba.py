"""ChangeMamba for binary change detection (Chen et al. 2024) as published, the tiny one.

The authors start its backbone from ImageNet weights that they give away by hand: to do the same,
set ``backbone.init_cfg=dict(type="Pretrained", checkpoint=<their file>)``. Small and base are
``backbone.arch="small"`` and ``"base"``.
"""

model = dict(
    type="ChangeMamba",
    backbone=dict(type="VMamba", arch="changemamba_tiny"),
    losses=[dict(type="BCELoss"), dict(type="LovaszLoss", weight=0.75)],
)
