"""SegFormer's Mix Transformer b1, 13 M parameters, four scales at strides 4 to 32."""

# Weights from ImageNet, as published with MMSegmentation.
imagenet = dict(
    type="Pretrained",
    checkpoint="https://download.openmmlab.com/mmsegmentation/v0.5/pretrain/segformer/"
    "mit_b1_20220624-02e5a6a1.pth",
)
backbone = dict(
    type="mmseg.MixVisionTransformer",
    embed_dims=64,
    num_layers=[2, 2, 2, 2],
    num_heads=[1, 2, 5, 8],
    qkv_bias=True,
    drop_path_rate=0.1,
)
