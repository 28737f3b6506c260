"""DUDA on a small SynthCC, narrower, in minutes on two CPU cores."""

_base_ = [
    "../_base_/models/duda.py",
    "../_base_/models/resnet18_half.py",
    "../_base_/datasets/synthcc_tiny.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone={{_base_.resnet18_half}},
    ),
    speaker=dict(
        head=dict(dims=256, word_dims=256),
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)

default_hooks = dict(logger=dict(interval=20))
