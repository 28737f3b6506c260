"""MCI's recipe: Adam, 1e-4, 250 epochs."""

optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="Adam", lr=1e-4))
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=250, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
auto_scale_lr = dict(base_batch_size=64)
