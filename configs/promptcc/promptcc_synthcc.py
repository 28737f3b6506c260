"""PromptCC on SynthCC, by the recipe of its authors."""

_base_ = ["../_base_/recipes/promptcc.py", "../_base_/datasets/synthcc.py"]

train_dataloader = {{_base_.train_loader}}
val_dataloader = {{_base_.test_loader}}
test_dataloader = {{_base_.test_loader}}
