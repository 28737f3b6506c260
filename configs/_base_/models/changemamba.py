"""ChangeMamba for binary change detection (Chen et al. 2024) as published, the tiny one.

The authors start its backbone from ImageNet weights that they give away by hand: to do the same,
set ``backbone.init_cfg=dict(type="Pretrained", checkpoint=<their file>)``.
"""

model = dict(
    type="ChangeMamba",
    backbone=dict(type="VMamba", depths=(2, 2, 4, 2), ratio=2.0),
    losses=[dict(type="BCELoss"), dict(type="LovaszLoss", weight=0.75)],
)
