"""DUDA's recipe in epochs of LEVIR-CC: Adam, 10,000 iterations of 128, a tenth of the rate late."""

optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="Adam", lr=1e-3))
# The authors' rate falls after 15 epochs of CLEVR-Change, some 7,900 iterations.
param_scheduler = [dict(type="MultiStepLR", milestones=[30], gamma=0.1)]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=38, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
auto_scale_lr = dict(base_batch_size=26)
