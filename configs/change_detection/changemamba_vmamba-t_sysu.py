"""ChangeMamba (Chen et al. 2024), tiny, on SYSU-CD, by its authors' recipe.

The best epoch is chosen by F1 on the validation split; theirs by kappa on the test split.
"""

_base_ = [
    "../_base_/models/changemamba.py",
    "../_base_/datasets/sysu_cd.py",
    "../_base_/default_runtime.py",
]

model = dict(source_dataset="SYSU-CD")

train_dataloader = dict(batch_size=16, sampler=dict(type="InfiniteSampler"))
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=5e-4),
)
train_cfg = dict(type="IterBasedTrainLoop", max_iters=20000, val_interval=1000)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=1000, save_best="mask/F1", rule="greater")
)
log_processor = dict(by_epoch=False)
auto_scale_lr = dict(base_batch_size=16)
