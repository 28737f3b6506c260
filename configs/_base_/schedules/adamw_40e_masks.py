"""A change detector whose backbone has ImageNet weights: AdamW, 40 epochs."""

max_epochs = 40
optim_wrapper = dict(
    type="OptimWrapper",
    # No decay of norms, biases, temperatures and positions.
    constructor="SparingDecayConstructor",
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=0.01),
    # What is pretrained changes less than what is new.
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.2))),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, end=50),
    dict(type="CosineAnnealingLR", T_max=max_epochs, by_epoch=True, convert_to_iter_based=True),
]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=2)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
auto_scale_lr = dict(base_batch_size=16)
