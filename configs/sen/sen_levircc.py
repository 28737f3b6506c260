"""SEN on LEVIR-CC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/sen.py",
    "../_base_/datasets/levir_cc.py",
    "../_base_/schedules/adam_40e.py",
    "../_base_/published_runtime.py",
]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=26)
