"""HiSem on a small SynthCC, narrower, in minutes on two CPU cores."""

_base_ = [
    "../_base_/models/hisem.py",
    "../_base_/models/resnet18_half_instead.py",
    "../_base_/datasets/synthcc_tiny.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone={{_base_.resnet18_half}},
        neck=dict(max_grid_size=8),
    ),
    speaker=dict(
        head=dict(hidden=256, num_heads=4),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)
custom_hooks = [dict(type="FlagScheduleHook", quiet_epochs=1, taught_epochs=8)]

default_hooks = dict(logger=dict(interval=20))
