"""ViT-B/32 for 224 x 224 pixels, frozen as trained on ImageNet, with torchvision's weights."""

# In place of another backbone, and with it, in place of other pipelines.
vit_b32 = dict(
    _delete_=True,
    type="mmpretrain.VisionTransformer",
    arch="base",
    patch_size=32,
    out_type="featmap",
    frozen_stages=12,
    init_cfg=dict(type="Pretrained", checkpoint="torchvision-vit://vit_b_32"),
)
pipeline_224 = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(224, 224)),
    dict(type="PackChangeInputs"),
]
