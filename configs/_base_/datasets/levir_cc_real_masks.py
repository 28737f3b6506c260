"""LEVIR-CD's building masks of the recovered part of LEVIR-CC, 256 x 256 pixels.

For a detector that a captioner of these pairs may take over: it is trained on masks of training
tiles alone.
"""

_base_ = ["./sysu_cd.py"]

data_root = "{{$MMRSICC_DATA:../shared/data}}/levir_cc_real"
size = (256, 256)
place = dict(
    _delete_=True,
    type="LEVIRCCRealMasks",
    data_root=data_root,
    source_dataset="LEVIR-CC, recovered part: building masks of training tiles",
)

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

train_dataloader = dict(
    num_workers=1,
    dataset=dict(split="train", pipeline=train_pipeline, **place),
)
val_dataloader = dict(
    batch_size=16,
    num_workers=1,
    dataset=dict(split="val", pipeline=test_pipeline, test_mode=True, **place),
)
test_dataloader = dict(
    batch_size=16,
    num_workers=1,
    dataset=dict(split="test", pipeline=test_pipeline, test_mode=True, **place),
)
