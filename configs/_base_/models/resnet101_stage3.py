"""ResNet-101 up to its third stage, 1024 channels at stride 16, frozen as trained on ImageNet."""

_base_ = ["./resnet101.py"]

backbone = dict(
    num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(2,), frozen_stages=3
)
