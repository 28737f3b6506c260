"""MCCFormers-D on LEVIR-CC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/mccformers-d.py",
    "../_base_/datasets/levir_cc.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/published_runtime.py",
]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_cfg = dict(max_epochs=41)
