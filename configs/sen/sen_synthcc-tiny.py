"""SEN on a small SynthCC, narrower, in minutes on two CPU cores."""

_base_ = [
    "../_base_/models/sen.py",
    "../_base_/datasets/synthcc_tiny.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(
            backbone=dict(
                depth=18,
                stem_channels=32,
                base_channels=32,
                num_stages=3,
                strides=(1, 2, 2),
                dilations=(1, 1, 1),
                out_indices=(2,),
            ),
        ),
        neck=dict(dims=128, num_heads=4),
    ),
    speaker=dict(
        head=dict(num_heads=4),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)

default_hooks = dict(logger=dict(interval=20))
