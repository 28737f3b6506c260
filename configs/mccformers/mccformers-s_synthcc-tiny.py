"""MCCFormers-S on a small SynthCC, narrower, in minutes on two CPU cores."""

_base_ = [
    "../_base_/models/mccformers-s.py",
    "../_base_/models/resnet18_half.py",
    "../_base_/datasets/synthcc_tiny.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone={{_base_.resnet18_half}},
        neck=dict(dims=128, grid_size=8),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)

default_hooks = dict(logger=dict(interval=20))
