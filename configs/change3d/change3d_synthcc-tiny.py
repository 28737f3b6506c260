"""Change3D's captioner on a small SynthCC, narrower, in minutes on two CPU cores."""

_base_ = [
    "../_base_/models/change3d.py",
    "../_base_/datasets/synthcc_tiny.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(depths=(1, 2, 3, 2), widths=(16, 32, 64, 128), image_size=128),
    ),
    speaker=dict(
        head=dict(num_heads=4),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)

default_hooks = dict(logger=dict(interval=20))
