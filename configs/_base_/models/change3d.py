"""Change3D (Zhu et al. 2025): X3D-L over both dates and a learned frame between them."""

# Kinetics weights as PyTorchVideo publishes them.
x3d_l = "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/X3D_L.pyth"
model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone=dict(type="X3D"),
        neck=dict(type="Change3D"),
    ),
    speaker=dict(
        head=dict(type="ClassicCaptionHead", num_layers=3, num_heads=8, dropout=0.1, ffn_dims=0),
        tokenizer=dict(type="Vocabulary", min_count=6),
        decoding=dict(type="GreedySearch"),
    ),
)
