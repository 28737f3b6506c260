"""Pix4Cap on the recovered pairs of LEVIR-CC at 128 x 128, on EfficientNet-Lite0.

The detector learned from the building masks of the training pairs.
"""

_base_ = [
    "../_base_/models/pix4cap.py",
    "../_base_/models/lite0_frozen.py",
    "../_base_/datasets/levir_cc_real_128_views.py",
    "../_base_/schedules/onecycle_24e.py",
    "../_base_/default_runtime.py",
]

scales = (1, 2, 3, 4)
model = dict(
    encoder=dict(
        backbone=dict(_delete_=True, type="EfficientNetLite", out_indices=scales, pretrained=True),
        statistics={{_base_.lite0_statistics}},
        change_detector=dict(
            source_dataset="LEVIR-CC, recovered part: building masks of training tiles",
            backbone=dict(_delete_=True, type="EfficientNetLite", out_indices=scales),
            channels=64,
            difference=dict(type="PairDifference"),
            statistics={{_base_.lite0_statistics}},
            checkpoint="work_dirs/siamese_lite0_levir-cc-real-128/best_mask_F1_*.pth",
            made_by="python tools/train.py "
            "configs/change_detection/siamese_lite0_levir-cc-real-128.py",
        ),
        mask_head=dict(channels=32),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=2),
    ),
)

default_hooks = dict(checkpoint=dict(save_best="Sm", rule="greater"))
