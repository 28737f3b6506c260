"""A small SynthCC at 128 x 128, for runs of minutes on two CPU cores."""

_base_ = ["./synthcc.py"]

data_root = "data/SynthCC-tiny"
ann_file = f"{data_root}/LevirCCcaptions.json"
size = (128, 128)

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
# Pixels of 0.5 m, of which the model is given every second.
shared = dict(data_root=data_root, mask_dir=None, metainfo=dict(gsd=1.0))
train_dataloader = dict(
    batch_size=32,
    num_workers=1,
    drop_last=True,
    dataset=dict(pipeline=train_pipeline, **shared),
)
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=test_pipeline, **shared))
test_dataloader = dict(num_workers=1, dataset=dict(pipeline=test_pipeline, **shared))
test_evaluator = [
    dict(type="ChangeCaptionMetric"),
    dict(type="SynthTruthMetric", events=f"{data_root}/events"),
]
