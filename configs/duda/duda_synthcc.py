"""DUDA on SynthCC."""

_base_ = [
    "../_base_/models/duda.py",
    "../_base_/datasets/synthcc.py",
    "../_base_/schedules/adam_38e_step.py",
    "../_base_/published_runtime.py",
]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=26)
