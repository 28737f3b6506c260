"""Half-width ResNet-18 up to its third stage, 128 channels at stride 16."""

_base_ = ["./resnet18_half.py"]

resnet18_half = dict(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(2,))
