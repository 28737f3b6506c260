"""LEVIR-CC, the recovered part, at 128 x 128 pixels, the size that most training tiles exist in."""

_base_ = ["./levir_cc_real.py"]

pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(128, 128)),
    dict(type="PackChangeInputs"),
]

# The tiles are 128 m wide: what a model is given has pixels of 1 m.
place = dict(metainfo=dict(gsd=1.0), pipeline=pipeline)
train_dataloader = dict(dataset=place)
val_dataloader = dict(dataset=place)
test_dataloader = dict(dataset=place)
