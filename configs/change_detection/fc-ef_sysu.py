"""FC-EF (Daudt et al. 2018) on SYSU-CD, by its authors' recipe for their own data.

They also weigh the two classes by how rare they are in the training set; here none is weighted
(``class_weights`` of ``BCELoss``).
"""

_base_ = ["../_base_/datasets/sysu_cd.py", "../_base_/default_runtime.py"]

model = dict(type="FCEF", source_dataset="SYSU-CD", losses=[dict(type="BCELoss")])

train_dataloader = dict(batch_size=32)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="Adam", lr=1e-3, weight_decay=1e-4),
)
param_scheduler = [dict(type="ExponentialLR", gamma=0.95, by_epoch=True)]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=50, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
default_hooks = dict(checkpoint=dict(save_best="mask/F1", rule="greater"))
auto_scale_lr = dict(base_batch_size=32)
