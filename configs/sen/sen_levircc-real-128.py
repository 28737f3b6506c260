"""SEN on the recovered pairs of LEVIR-CC at 128 x 128, narrower."""

_base_ = [
    "../_base_/models/sen.py",
    "../_base_/models/lite0_frozen.py",
    "../_base_/datasets/levir_cc_real_128_views.py",
    "../_base_/schedules/onecycle_24e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(
            backbone=dict(
                _delete_=True,
                type="EfficientNetLite",
                arch="lite0",
                in_channels=6,
                out_indices=(3,),
                pretrained=True,
            ),
        ),
        statistics={{_base_.lite0_statistics}},
        neck=dict(dims=128, num_heads=4),
    ),
    speaker=dict(
        head=dict(num_heads=4),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=2),
    ),
)

default_hooks = dict(checkpoint=dict(save_best="Sm", rule="greater"))
