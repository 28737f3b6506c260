"""The change detector of captioners on the recovered part of LEVIR-CC, 128 x 128."""

siamese_lite0 = dict(
    _delete_=True,
    type="SiameseChangeDetector",
    backbone=dict(type="EfficientNetLite", arch="lite0", out_indices=(1, 2, 3)),
    channels=64,
    difference=dict(type="PairDifference"),
    statistics=dict(before=dict(mean=[127.0] * 3, std=[128.0] * 3)),
    source_dataset="LEVIR-CC, recovered part: building masks of training tiles",
    checkpoint="work_dirs/siamese_lite0_levir-cc-real-128/best_mask_F1_*.pth",
    made_by="mmrsicc train configs/change_detection/siamese_lite0_levir-cc-real-128.py",
)
