"""ChangeFormer (Bandara and Patel 2022) as published, in its last form (V6)."""

model = dict(
    type="ChangeFormer",
    # The defaults are ChangeFormer's. There are no ImageNet weights of it.
    backbone=dict(type="MixTransformer"),
    losses=[dict(type="BCELoss")],
    statistics=dict(before=dict(mean=[127.5] * 3, std=[127.5] * 3)),
)
