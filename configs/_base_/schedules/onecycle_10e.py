"""Ten epochs from random weights: AdamW with a one-cycle rate, gradients clipped."""

optim_wrapper = dict(
    type="OptimWrapper",
    # No decay of norms, biases, temperatures and positions.
    constructor="SparingDecayConstructor",
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=0.02),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type="OneCycleLR", eta_max=1e-3, total_steps=10, convert_to_iter_based=True)
]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=10, val_interval=10)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
auto_scale_lr = dict(base_batch_size=32)
