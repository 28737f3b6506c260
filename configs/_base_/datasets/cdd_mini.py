"""CDD (Lebedev et al. 2018), 500 and 150 of its pairs: other places than LEVIR, over seasons.

For a detector whose knowledge is to be transferred. There is no validation split.
"""

_base_ = ["./sysu_cd.py"]

data_root = "{{$MMRSICC_DATA:../shared/data}}/change_detection/cdd"
size = (256, 256)
folders = dict(source_dataset="CDD", before_dir="A", after_dir="B")

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
    dataset=dict(data_root=f"{data_root}/train", pipeline=train_pipeline, **folders),
)
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    batch_size=16,
    num_workers=1,
    dataset=dict(data_root=f"{data_root}/test", pipeline=test_pipeline, **folders),
)
