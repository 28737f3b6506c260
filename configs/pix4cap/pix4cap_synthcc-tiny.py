"""Pix4Cap on a small SynthCC, narrower, in minutes on two CPU cores."""

_base_ = [
    "../_base_/models/pix4cap.py",
    "../_base_/datasets/synthcc_tiny.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
]

detector_weights = "work_dirs/siamese_resnet18_synthcc-tiny/iter_400.pth"
resnet18 = dict(
    _delete_=True,
    type="mmpretrain.ResNet",
    depth=18,
    stem_channels=32,
    base_channels=32,
    out_indices=(0, 1, 2, 3),
)
model = dict(
    encoder=dict(
        backbone=dict(
            frozen_stages=1,
            init_cfg=dict(type="Pretrained", checkpoint=detector_weights, prefix="backbone."),
            **resnet18,
        ),
        change_detector=dict(
            source_dataset="SynthCC",
            backbone=resnet18,
            channels=64,
            checkpoint=detector_weights,
            made_by="python tools/train.py "
            "configs/change_detection/siamese_resnet18_synthcc-tiny.py",
        ),
        neck=dict(num_heads=4),
        mask_head=dict(channels=32),
    ),
    speaker=dict(
        head=dict(num_heads=4),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)

default_hooks = dict(logger=dict(interval=20))
