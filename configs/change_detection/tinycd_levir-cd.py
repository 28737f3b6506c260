"""TinyCD (Codegoni et al. 2023) on LEVIR-CD, by its authors' recipe."""

_base_ = [
    "../_base_/models/tinycd.py",
    "../_base_/datasets/levir_cd_256.py",
    "../_base_/default_runtime.py",
]

model = dict(source_dataset="LEVIR-CD")

train_dataloader = dict(batch_size=8)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=3.568e-3, weight_decay=9.45e-3),
)
param_scheduler = [dict(type="CosineAnnealingLR", T_max=100, by_epoch=True)]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=100, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
default_hooks = dict(checkpoint=dict(save_best="mask/F1", rule="greater"))
auto_scale_lr = dict(base_batch_size=8)
