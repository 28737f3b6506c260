"""Two OSCD cities as GeoTIFF of 16 bits, three bands: Bercy for training, Hong Kong for the test.

OSCD has a file per band. `rio stack`, which comes with rasterio, makes one of those of a date:
docs/en/user_guides/change_detection.md shows how. Hong Kong's dates differ by two pixels in size.
"""

_base_ = ["./sysu_cd.py"]

folders = dict(
    data_root="data/OSCD-stacked",
    source_dataset="OSCD",
    before_dir="A",
    after_dir="B",
    metainfo=dict(mask_classes={1: "unchanged", 2: "changed"}),
)
pipeline = [
    dict(type="LoadPair", binary_mask=True, resize_mismatched=True),
    dict(type="PackChangeInputs"),
]

train_dataloader = dict(num_workers=1, dataset=dict(pairs=["bercy"], pipeline=pipeline, **folders))
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    num_workers=1, dataset=dict(pairs=["hongkong"], pipeline=pipeline, **folders)
)
