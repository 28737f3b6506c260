"""The form of dfm_vit_levircc.py on the recovered part of LEVIR-CC, 128 x 128 pixels.

A small ViT from scratch, without a network: shows that the whole path works and is no benchmark.
"""

_base_ = [
    "../_base_/models/dfm.py",
    "../_base_/datasets/levir_cc_real_128.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
]

lite0 = dict(_delete_=True, type="EfficientNetLite", arch="lite0", out_indices=(1, 2, 3, 4))
model = dict(
    encoder=dict(
        backbone=dict(
            _delete_=True,
            type="mmpretrain.VisionTransformer",
            arch=dict(embed_dims=192, num_layers=4, num_heads=3, feedforward_channels=768),
            img_size=128,
            patch_size=8,
            out_type="featmap",
            out_indices=(0, 1, 2, 3),
        ),
        change_detector=dict(
            source_dataset="LEVIR-CC, recovered part: building masks of training tiles",
            backbone=lite0,
            channels=64,
            difference=dict(type="PairDifference"),
            statistics=dict(before=dict(mean=[127.0] * 3, std=[128.0] * 3)),
            checkpoint="work_dirs/siamese_lite0_levir-cc-real-128/best_mask_F1_*.pth",
            made_by="python tools/train.py "
            "configs/change_detection/siamese_lite0_levir-cc-real-128.py",
        ),
        neck=dict(
            channels=128,
            out_channels=256,
            num_heads=4,
            prior=dict(type="DetectorPrior"),
            detector_dropout=0.3,
        ),
    ),
    speaker=dict(
        head=dict(dims=256, num_heads=4),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
    losses=dict(
        tgcl=dict(
            unchanged="outside",
            # mmrsicc calibrate-gate on this data set.
            gate=dict(theta=0.788, kappa=0.0207),
        )
    ),
)
