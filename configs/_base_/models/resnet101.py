"""ResNet-101, the backbone of most published captioners, with torchvision's ImageNet weights."""

backbone = dict(
    type="mmpretrain.ResNet",
    depth=101,
    init_cfg=dict(type="Pretrained", checkpoint="torchvision://resnet101"),
)
