"""For a neck and a head on frozen features of few pairs: AdamW with a one-cycle rate, 24 epochs.

The epoch is chosen on the validation split. On a CPU that has bfloat16 instructions, --amp bf16
halves the time.
"""

max_epochs = 24
optim_wrapper = dict(
    type="OptimWrapper",
    # No decay of norms, biases, temperatures and positions.
    constructor="SparingDecayConstructor",
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type="OneCycleLR", eta_max=1e-3, total_steps=max_epochs, convert_to_iter_based=True)
]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=max_epochs, val_interval=3)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
auto_scale_lr = dict(base_batch_size=32)
