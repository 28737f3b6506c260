"""ResNet-101 with all stages, 2048 channels at stride 32, tuned from its second stage on."""

_base_ = ["./resnet101.py"]

backbone = dict(frozen_stages=1)
