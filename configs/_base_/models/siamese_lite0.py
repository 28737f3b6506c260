"""Native Siamese change detector on EfficientNet-Lite0 with ImageNet weights, 0.8 M parameters."""

_base_ = ["./efficientnet-lite0.py"]

model = dict(
    type="SiameseChangeDetector",
    backbone={{_base_.backbone}},
    channels=64,
    difference=dict(type="PairDifference"),
    statistics={{_base_.lite_statistics}},
)
