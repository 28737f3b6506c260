"""HiSem on the recovered part of LEVIR-CC, 128 x 128, on two CPU cores.

Frozen features, so that all methods train for as long in minutes; narrower than published.
"""

_base_ = [
    "../_base_/models/hisem.py",
    "../_base_/models/lite0_frozen.py",
    "../_base_/datasets/levir_cc_real_128_views.py",
    "../_base_/schedules/onecycle_24e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone={{_base_.frozen_lite0}},
        statistics={{_base_.lite0_statistics}},
        neck=dict(max_grid_size=8),
    ),
    speaker=dict(
        head=dict(hidden=256, num_heads=4),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=2),
    ),
)
custom_hooks = [dict(type="FlagScheduleHook", quiet_epochs=1, taught_epochs=20)]

default_hooks = dict(checkpoint=dict(save_best="Sm", rule="greater"))
