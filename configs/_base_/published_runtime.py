"""What runs by a published recipe share: the best epoch is chosen on the validation split."""

_base_ = ["./default_runtime.py"]

default_hooks = dict(checkpoint=dict(save_best="BLEU-4", rule="greater"))
