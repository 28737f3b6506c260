"""Full DFM on the recovered part of LEVIR-CC, on frozen features: arms of minutes on a CPU.

EfficientNet-Lite0 with ImageNet weights is not trained and its maps are kept, so the encoder has
none of the detector's knowledge. The detector knows building masks of training tiles.
"""

_base_ = [
    "../../_base_/models/dfm.py",
    "../../_base_/datasets/levir_cc_real_128.py",
    "../../_base_/schedules/onecycle_10e.py",
    "../../_base_/default_runtime.py",
]

lite0 = dict(type="EfficientNetLite", arch="lite0", out_indices=(1, 2, 3))
lite_statistics = dict(before=dict(mean=[127.0] * 3, std=[128.0] * 3))
model = dict(
    encoder=dict(
        backbone=dict(
            _delete_=True,
            type="FrozenBackbone",
            backbone=dict(pretrained=True, **lite0),
            cache=dict(memory_gib=2.5),
        ),
        change_detector=dict(
            source_dataset="LEVIR-CC, recovered part: building masks of training tiles",
            backbone=dict(_delete_=True, **lite0),
            channels=64,
            difference=dict(type="PairDifference"),
            statistics=lite_statistics,
            checkpoint="work_dirs/siamese_lite0_levir-cc-real-128/best_mask_F1_*.pth",
            made_by="python tools/train.py "
            "configs/change_detection/siamese_lite0_levir-cc-real-128.py",
        ),
        detector_cache=dict(memory_gib=2.5),
        neck=dict(
            channels=128,
            out_channels=256,
            num_heads=4,
            prior=dict(type="DetectorPrior"),
            detector_dropout=0.3,
            pooled_token=True,
        ),
        statistics=lite_statistics,
    ),
    speaker=dict(
        head=dict(dims=256, num_heads=4, num_layers=2),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
    losses=dict(
        tgcl=dict(
            unchanged="outside",
            counterfactuals=5,
            # mmrsicc calibrate-gate on this data set.
            gate=dict(theta=0.788, kappa=0.0207),
        )
    ),
)

train_pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(128, 128)),
    dict(type="RandomOrientation"),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(drop_last=True, dataset=dict(pipeline=train_pipeline))
test_evaluator = [dict(type="ChangeCaptionMetric"), dict(type="ContentMetric")]

# A part that no loss reaches must not act through the norm of all gradients.
optim_wrapper = dict(clip_grad=None)
# Runs are not selected: the last epoch counts.
param_scheduler = [
    dict(type="OneCycleLR", eta_max=1e-3, total_steps=40, convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=40, val_interval=40)
