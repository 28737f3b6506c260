"""SegFormer's Mix Transformer b1, 13 M parameters, four scales at strides 4 to 32."""

backbone = dict(
    type="mmseg.MixVisionTransformer",
    embed_dims=64,
    num_layers=[2, 2, 2, 2],
    num_heads=[1, 2, 5, 8],
    qkv_bias=True,
    drop_path_rate=0.1,
)
