"""PromptCC on the recovered part of LEVIR-CC, 128 x 128, on two CPU cores.

Frozen features, so that all methods train for as long in minutes; narrower than published. GPT-2
has two layers and learns.
"""

_base_ = [
    "../_base_/models/promptcc.py",
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
    flag_head=dict(max_grid_size=8),
    speaker=dict(
        head=dict(num_layers=2, num_heads=4, frozen=False, pretrained=None),
        decoding=dict(_delete_=True, type="GreedySearch"),
        max_length=42,
        tokenizer=dict(_delete_=True, type="Vocabulary", ann_file={{_base_.ann_file}}, min_count=2),
    ),
)

default_hooks = dict(checkpoint=dict(save_best="Sm", rule="greater"))
