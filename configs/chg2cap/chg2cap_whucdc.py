"""Chg2Cap on WHU-CDC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/chg2cap.py",
    "../_base_/datasets/whu_cdc.py",
    "../_base_/schedules/adam_50e_step.py",
    "../_base_/published_runtime.py",
]

model = dict(
    encoder=dict(
        # Of the data set, as published; DGAT's authors give slightly others.
        statistics=dict(before=dict(mean=(123.88, 118.64, 108.56), std=(49.56, 47.79, 50.26))),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=6)
