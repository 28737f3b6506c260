"""The same at 128 x 128 pixels, the size that most training tiles exist in."""

_base_ = ["./levir_cc_real_masks.py"]

size = (128, 128)
train_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="ResizePair", scale=size),
    dict(type="RandomOrientation"),
    dict(type="PhotometricDistortion"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="ResizePair", scale=size),
    dict(type="PackChangeInputs"),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
