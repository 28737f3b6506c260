"""Change3D's recipe: Adam, 1e-4 halved every ten epochs, 200 epochs."""

optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="Adam", lr=1e-4, weight_decay=1e-5),
    clip_grad=dict(type="value", clip_value=5.0),
)
param_scheduler = [dict(type="StepLR", step_size=10, gamma=0.5)]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=200, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
auto_scale_lr = dict(base_batch_size=6)
