"""BIT (Chen et al. 2021) as published: three stages of ResNet-18, the last one not halved."""

model = dict(
    type="BIT",
    backbone=dict(
        type="mmpretrain.ResNet",
        depth=18,
        num_stages=3,
        strides=(1, 2, 1),
        dilations=(1, 1, 1),
        out_indices=(0, 1, 2),
        # Keys of the stage and the classifier that are left out are reported as unexpected.
        init_cfg=dict(type="Pretrained", checkpoint="torchvision://resnet18"),
    ),
    losses=[dict(type="BCELoss")],
    statistics=dict(before=dict(mean=[127.5] * 3, std=[127.5] * 3)),
)
