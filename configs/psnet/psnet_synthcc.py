"""PSNet on SynthCC, by the recipe of its authors."""

_base_ = ["../_base_/recipes/psnet.py", "../_base_/datasets/synthcc.py"]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = {{_base_.train_loader}}
val_dataloader = {{_base_.test_loader}}
test_dataloader = {{_base_.test_loader}}
