"""WHU building change detection (Ji et al. 2019): a pair of scenes for each split, read in tiles.

As its authors publish it: TIFF files too large to be decoded whole, so that reading them needs
rasterio (``pip install rasterio``). There is no validation split. Where the last tile of a row or
column is moved back inside, the test counts the pixels that it shares with its neighbour twice.
"""

_base_ = ["./levir_cd.py"]

scenes = dict(
    source_dataset="WHU-CD",
    data_root="data/WHU-CD/1. The two-period image data",
    before_dir="2012/whole_image/{}/image/2012_{}",
    after_dir="2016/whole_image/{}/image/2016_{}",
    mask_dir="change_label/{}/change_label",
)

train_dataloader = dict(dataset=dict(pairs=["train"], tile_overlap=128, **scenes))
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    dataset=dict(
        pairs=["test"],
        tile_size=512,
        pipeline=[dict(type="LoadTile", binary_mask=True), dict(type="PackChangeInputs")],
        **scenes,
    )
)
