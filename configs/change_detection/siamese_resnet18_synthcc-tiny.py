"""A small change detector on a small SynthCC, in minutes on two CPU cores, from scratch.

It serves configs/dfm/dfm_synthcc-tiny.py. Trained for a fixed number of iterations; nothing is
selected.
"""

_base_ = ["./siamese_mit-b1_synthcc.py"]

data_root = "data/SynthCC-tiny/images"
size = (128, 128)

train_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="ResizePair", scale=size),
    dict(type="RandomOrientation"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="ResizePair", scale=size),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(
    batch_size=32,
    num_workers=1,
    sampler=dict(type="InfiniteSampler", shuffle=True),
    dataset=dict(data_root=f"{data_root}/train", pipeline=train_pipeline),
)
val_dataloader = None
val_evaluator = None
val_cfg = None
test_dataloader = dict(
    batch_size=32,
    num_workers=1,
    dataset=dict(data_root=f"{data_root}/test", pipeline=test_pipeline),
)

model = dict(
    channels=64,
    backbone=dict(
        _delete_=True,
        type="mmpretrain.ResNet",
        depth=18,
        stem_channels=32,
        base_channels=32,
        out_indices=(0, 1, 2, 3),
    ),
)

max_iters = 400
optim_wrapper = dict(optimizer=dict(lr=2e-3))
auto_scale_lr = dict(base_batch_size=32)
param_scheduler = [dict(type="OneCycleLR", eta_max=2e-3, total_steps=max_iters, by_epoch=False)]
train_cfg = dict(_delete_=True, type="IterBasedTrainLoop", max_iters=max_iters)
default_hooks = dict(
    logger=dict(interval=10),
    checkpoint=dict(by_epoch=False, interval=100, save_best=None),
)
log_processor = dict(by_epoch=False)
