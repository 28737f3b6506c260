"""DUDA on Dubai-CC."""

_base_ = [
    "../_base_/models/duda.py",
    "../_base_/datasets/dubai_cc.py",
    "../_base_/schedules/adam_38e_step.py",
    "../_base_/published_runtime.py",
]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=26)
