"""BIT (Chen et al. 2021) on SYSU-CD, by its authors' recipe for LEVIR-CD."""

_base_ = [
    "../_base_/models/bit.py",
    "../_base_/datasets/sysu_cd.py",
    "../_base_/default_runtime.py",
]

model = dict(source_dataset="SYSU-CD")

train_dataloader = dict(batch_size=8)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="SGD", lr=0.01, momentum=0.9, weight_decay=5e-4),
)
param_scheduler = [dict(type="PolyLR", power=1.0, by_epoch=True)]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=200, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
default_hooks = dict(checkpoint=dict(save_best="mask/F1", rule="greater"))
auto_scale_lr = dict(base_batch_size=8)
