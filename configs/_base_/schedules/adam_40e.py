"""SEN's recipe: Adam, 2e-4, 40 epochs, gradients clipped by value."""

optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="Adam", lr=2e-4),
    clip_grad=dict(type="value", clip_value=5.0),
)
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=40, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
auto_scale_lr = dict(base_batch_size=26)
