"""LEVIR-CC, the recovered part, at 128 x 128 pixels, the size that most training tiles exist in."""

_base_ = ["./levir_cc_real.py"]

pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(128, 128)),
    dict(type="PackChangeInputs"),
]

train_dataloader = dict(dataset=dict(pipeline=pipeline))
val_dataloader = dict(dataset=dict(pipeline=pipeline))
test_dataloader = dict(dataset=dict(pipeline=pipeline))
