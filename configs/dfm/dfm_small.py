"""dfm-small, the model in the package: DFM on the recovered part of LEVIR-CC, with masks.

The captioner of dfm_lite0_levircc-real-128_reward.py beside a detector of building masks, which
only the change decision reads. `mmrsicc publish --detector --decision` puts all into one file; this
config tests it:

    mmrsicc test configs/dfm/dfm_small.py mmrsicc/shipped/dfm-small.pth
"""

_base_ = ["./dfm_lite0_levircc-real-128_reward.py"]

model = dict(
    encoder=dict(
        change_detector=dict(
            _delete_=True,
            type="SiameseChangeDetector",
            source_dataset="LEVIR-CC, recovered part: building masks of training tiles",
            backbone=dict(type="EfficientNetLite", arch="lite0", out_indices=(1, 2, 3)),
            channels=64,
            difference=dict(type="PairDifference"),
            statistics={{_base_.lite0_statistics}},
            checkpoint="work_dirs/siamese_lite0_levir-cc-real-128/best_mask_F1_*.pth",
            made_by="mmrsicc train configs/change_detection/siamese_lite0_levir-cc-real-128.py",
        ),
        transfer_to="mask",
    ),
    # mmrsicc calibrate-change, on val.
    speaker=dict(decision=dict(bias=4.8631, speaker=0.372, mask=0.6593)),
)

pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="ResizePair", scale=(128, 128)),
    dict(type="PackChangeInputs"),
]
masked = dict(dataset=dict(mask_dir="label", pipeline=pipeline))
val_dataloader = masked
test_dataloader = masked
val_evaluator = [dict(type="ChangeCaptionMetric"), dict(type="ChangeMaskMetric")]
test_evaluator = val_evaluator
