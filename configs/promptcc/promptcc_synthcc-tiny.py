"""PromptCC on a small SynthCC, narrower, in minutes on two CPU cores.

GPT-2 has two layers and learns, and the words are SynthCC's: nothing is downloaded.
"""

_base_ = [
    "../_base_/models/promptcc.py",
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
    flag_head=dict(max_grid_size=8),
    speaker=dict(
        head=dict(num_layers=2, num_heads=4, frozen=False, pretrained=None),
        decoding=dict(_delete_=True, type="GreedySearch"),
        max_length=42,
        tokenizer=dict(_delete_=True, type="Vocabulary", ann_file={{_base_.ann_file}}, min_count=1),
    ),
)

default_hooks = dict(logger=dict(interval=20))
