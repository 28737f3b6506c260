"""MCI on SynthCC, by the recipe of its authors."""

_base_ = ["../_base_/recipes/mci.py", "../_base_/datasets/synthcc.py"]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = {{_base_.train_loader}}
