"""Change3D's captioner on the recovered part of LEVIR-CC, 128 x 128, narrower.

Its video network learns from random weights: frozen maps of single images have no learned frame.
"""

_base_ = [
    "../_base_/models/change3d.py",
    "../_base_/datasets/levir_cc_real_128_views.py",
    "../_base_/schedules/onecycle_24e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(depths=(1, 2, 3, 2), widths=(16, 32, 64, 128), image_size=128),
    ),
    speaker=dict(
        head=dict(num_heads=4),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=2),
    ),
)

default_hooks = dict(checkpoint=dict(save_best="Sm", rule="greater"))
