"""SEN's recipe: Adam, 2e-4, 40 epochs, a rate that falls while validation stands still."""

optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="Adam", lr=2e-4),
    clip_grad=dict(type="value", clip_value=5.0),
)
param_scheduler = [
    # After each third epoch in a row that is not the best so far.
    dict(
        type="ReduceOnPlateauLR",
        monitor="BLEU-4",
        rule="greater",
        factor=0.7,
        patience=2,
        threshold=0.0,
    )
]
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=40, val_interval=1)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
auto_scale_lr = dict(base_batch_size=26)
