"""A hyperspectral pair whose labelled pixels are split in two, as `mmrsicc convert-mat` writes it.

The Chinese farmland has 154 bands; docs/en/user_guides/change_detection.md lists other pairs.
Training and test are pixels of one image, so there is no validation split. Tiles are small so that
a batch has labelled pixels of several places. The statistics are stand-ins: write those of your
files with `mmrsicc statistics` on a config like this one.
"""

_base_ = ["./sysu_cd.py"]

data_root = "data/hyperspectral"
source_dataset = "hyperspectral"
folders = dict(data_root=data_root, source_dataset=source_dataset, before_dir="A", after_dir="B")
statistics = dict(before=dict(mean=[0.0] * 154, std=[1000.0] * 154))
train_pipeline = [
    dict(type="LoadBandTile"),
    dict(type="RandomOrientation"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [dict(type="LoadBands"), dict(type="PackChangeInputs")]

train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    dataset=dict(mask_dir="label_train", tile_size=16, pipeline=train_pipeline, **folders),
)
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    num_workers=1, dataset=dict(mask_dir="label_test", pipeline=test_pipeline, **folders)
)
