"""Siamese change detector on SYSU-CD, the default source of change knowledge for LEVIR-CC.

LEVIR-CC's tiles are most likely those of LEVIR-CD, so a detector trained there may have seen
labels of LEVIR-CC's test pairs; SYSU-CD shows other places.
"""

_base_ = [
    "../_base_/models/siamese.py",
    "../_base_/datasets/change_detection.py",
    "../_base_/default_runtime.py",
]

data_root = "data/SYSU-CD"
source_dataset = "SYSU-CD"
folders = dict(source_dataset=source_dataset, before_dir="time1", after_dir="time2")
train_dataloader = dict(batch_size=16, dataset=dict(data_root=f"{data_root}/train", **folders))
val_dataloader = dict(dataset=dict(data_root=f"{data_root}/val", **folders))
test_dataloader = dict(dataset=dict(data_root=f"{data_root}/test", **folders))

model = dict(
    source_dataset=source_dataset,
    backbone=dict(
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmsegmentation/v0.5/pretrain/segformer/"
            "mit_b1_20220624-02e5a6a1.pth",
        )
    ),
)

optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=0.01),
)
param_scheduler = [dict(type="PolyLR", power=1.0, by_epoch=True, convert_to_iter_based=True)]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=40, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
default_hooks = dict(checkpoint=dict(save_best="mask/F1", rule="greater"))
auto_scale_lr = dict(base_batch_size=16)
