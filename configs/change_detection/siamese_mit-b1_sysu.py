"""Siamese change detector on SYSU-CD, the default source of change knowledge for LEVIR-CC.

LEVIR-CC's tiles are most likely those of LEVIR-CD, so a detector trained there may have seen
labels of LEVIR-CC's test pairs; SYSU-CD shows other places.
"""

_base_ = [
    "../_base_/models/siamese.py",
    "../_base_/datasets/sysu_cd.py",
    "../_base_/default_runtime.py",
]

model = dict(
    source_dataset="SYSU-CD",
    backbone=dict(init_cfg={{_base_.imagenet}}),
)

optim_wrapper = dict(
    type="OptimWrapper",
    constructor="SparingDecayConstructor",
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=0.01),
)
param_scheduler = [dict(type="PolyLR", power=1.0, by_epoch=True, convert_to_iter_based=True)]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=40, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
default_hooks = dict(checkpoint=dict(save_best="mask/F1", rule="greater"))
auto_scale_lr = dict(base_batch_size=16)
