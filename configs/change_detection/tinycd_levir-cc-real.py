"""TinyCD (Codegoni et al. 2023) on building masks of the recovered part of LEVIR-CC.

Its data also serve to test the released weights, on the 631 tiles of `test`:

    python tools/model_converters/convert_detector.py tinycd levir_best.pth tinycd_levir.pth
    python tools/test.py configs/change_detection/tinycd_levir-cc-real.py tinycd_levir.pth
"""

_base_ = [
    "../_base_/models/tinycd.py",
    "../_base_/datasets/levir_cc_real_masks.py",
    "../_base_/schedules/adamw_40e_masks.py",
    "../_base_/default_runtime.py",
]

model = dict(source_dataset="LEVIR-CC, recovered part: building masks of training tiles")

optim_wrapper = dict(
    optimizer=dict(lr=3.568e-3, weight_decay=9.45e-3),
    # Its backbone starts from random weights, too.
    paramwise_cfg=dict(_delete_=True),
)
default_hooks = dict(checkpoint=dict(save_best="mask/F1", rule="greater"))
