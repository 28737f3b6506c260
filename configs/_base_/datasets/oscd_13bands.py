"""OSCD (Daudt et al. 2018) with all 13 bands of Sentinel-2: a GeoTIFF of 13 bands per date.

OSCD has a file per band, in the folders imgs_1_rect and imgs_2_rect brought to 10 m. `rio stack`,
which comes with rasterio, makes one of those of a date: docs/en/user_guides/change_detection.md
shows how. There is no validation split. The statistics are round stand-ins: write those of your
files with `mmrsicc statistics` on this config.
"""

_base_ = ["./sysu_cd.py"]

data_root = "data/OSCD-13"
folders = dict(
    source_dataset="OSCD",
    before_dir="A",
    after_dir="B",
    metainfo=dict(mask_classes={1: "unchanged", 2: "changed"}),
)
statistics = dict(before=dict(mean=[1500.0] * 13, std=[1000.0] * 13))
loading = dict(
    type="LoadBands",
    picture_bands=((4, 3, 2), (4, 3, 2)),
    binary_mask=True,
    resize_mismatched=True,
)
train_pipeline = [
    loading,
    dict(type="RandomCropPair", crop_size=(256, 256)),
    dict(type="RandomOrientation"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [loading, dict(type="PackChangeInputs")]

train_dataloader = dict(
    dataset=dict(data_root=f"{data_root}/train", pipeline=train_pipeline, **folders)
)
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    dataset=dict(data_root=f"{data_root}/test", pipeline=test_pipeline, **folders)
)
