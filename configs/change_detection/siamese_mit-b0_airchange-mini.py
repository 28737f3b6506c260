"""A small change detector from seven real pairs (SZTAKI AirChange and OSCD), in minutes on a CPU.

It serves configs/dfm/dfm_levircc-mini.py. Trained from scratch for a fixed number of iterations:
there are too few pairs to hold any back for selecting a checkpoint.
"""

_base_ = ["./siamese_mit-b1_sysu.py"]

data_root = "{{$MMRSICC_DATA:../shared/data}}/change_detection"
source_dataset = "SZTAKI AirChange + OSCD"
folders = dict(source_dataset=source_dataset, before_dir="A", after_dir="B")
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    sampler=dict(type="InfiniteSampler", shuffle=True),
    dataset=dict(
        data_root=[f"{data_root}/sztaki_airchange/train", f"{data_root}/oscd/train"], **folders
    ),
)
val_dataloader = None
val_evaluator = None
val_cfg = None
test_dataloader = dict(
    num_workers=1, dataset=dict(data_root=f"{data_root}/sztaki_airchange/test", **folders)
)

model = dict(
    source_dataset=source_dataset,
    channels=64,
    backbone=dict(embed_dims=32, init_cfg=None),
)

optim_wrapper = dict(optimizer=dict(lr=3e-4))
auto_scale_lr = dict(base_batch_size=8)
param_scheduler = [dict(type="PolyLR", power=1.0, by_epoch=False)]
train_cfg = dict(_delete_=True, type="IterBasedTrainLoop", max_iters=300)
default_hooks = dict(
    logger=dict(interval=10),
    checkpoint=dict(by_epoch=False, interval=100, save_best=None),
)
log_processor = dict(by_epoch=False)
