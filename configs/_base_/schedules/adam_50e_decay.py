"""SparseFocus's and DGAT's recipe: Adam, 1e-4 that falls by a twentieth each epoch, 50 epochs."""

optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="Adam", lr=1e-4))
param_scheduler = [dict(type="StepLR", step_size=1, gamma=0.95)]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=50, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
auto_scale_lr = dict(base_batch_size=6)
