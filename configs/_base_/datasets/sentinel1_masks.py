"""Sentinel-1 pairs with change masks: GeoTIFF of two bands, VV and VH, sigma nought as power.

`train` and `test` have the folders A, B and label. The statistics, in decibels, are round
stand-ins: write those of your files with `mmrsicc statistics` on this config.
"""

_base_ = ["./oscd_13bands.py"]

data_root = "data/sentinel1"
source_dataset = "Sentinel-1 pairs"
statistics = dict(before=dict(mean=[-11.0, -18.0], std=[5.0, 5.0]))
loading = dict(
    type="LoadBands",
    decibels=(True, True),
    picture_bands=((1,), (1,)),
    binary_mask=True,
)
train_pipeline = [
    loading,
    dict(type="RandomCropPair", crop_size=(256, 256)),
    dict(type="RandomOrientation"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [loading, dict(type="PackChangeInputs")]
folders = dict(source_dataset=source_dataset, metainfo=None)

train_dataloader = dict(
    dataset=dict(data_root=f"{data_root}/train", pipeline=train_pipeline, **folders)
)
test_dataloader = dict(
    dataset=dict(data_root=f"{data_root}/test", pipeline=test_pipeline, **folders)
)
