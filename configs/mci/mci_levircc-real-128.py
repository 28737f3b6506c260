"""MCI on the recovered pairs of LEVIR-CC at 128 x 128, narrower."""

_base_ = [
    "../_base_/models/mci.py",
    "../_base_/models/lite0.py",
    "../_base_/datasets/levir_cc_real_128.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone={{_base_.lite0}},
        statistics={{_base_.lite0_statistics}},
        neck=dict(num_heads=4),
    ),
    speaker=dict(
        head=dict(num_heads=4),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)

default_hooks = dict(logger=dict(interval=20))
