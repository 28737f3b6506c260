"""JFM with a frozen detector's features, at the ablation's size: what the transfer modes vary.

As ../ablation/base_synthcc-tiny.py, but the encoder starts from nothing, since starting it from the
detector is one of the modes; and without TGCL. Masks are loaded: multitask trains on them, and all
arms are scored on the masks that they find.
"""

_base_ = ["../ablation/base_synthcc-tiny.py"]

model = dict(
    encoder=dict(
        backbone=dict(init_cfg=None, frozen_stages=-1),
    ),
    losses=dict(_delete_=True),
)
custom_hooks = []

train_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="ResizePair", scale={{_base_.size}}),
    dict(type="RandomOrientation"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="ResizePair", scale={{_base_.size}}),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(dataset=dict(mask_dir="label", pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(mask_dir="label", pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(mask_dir="label", pipeline=test_pipeline))
