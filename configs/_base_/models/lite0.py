"""EfficientNet-Lite0 up to stride 16, 112 channels, with the ImageNet weights of a package."""

# In place of another backbone.
lite0 = dict(
    _delete_=True, type="EfficientNetLite", arch="lite0", out_indices=(3,), pretrained=True
)
# What these weights expect; not ImageNet's channel statistics.
lite0_statistics = dict(before=dict(mean=[127.0] * 3, std=[128.0] * 3))
