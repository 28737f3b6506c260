"""Four scales at 64 x 64: for the arm of one sentence per pass, which costs five times as much."""

_base_ = ["./four_scales_synthcc-tiny.py"]

size = (64, 64)
train_pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=size),
    dict(type="RandomOrientation"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=size),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
