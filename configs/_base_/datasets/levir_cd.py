"""LEVIR-CD (Chen and Shi 2020): 637 pairs of 1024 x 1024 pixels, in tiles for training.

Its test images are looked at whole; a detector may do that through a sliding window.
"""

_base_ = ["./sysu_cd.py"]

data_root = "data/LEVIR-CD"
folders = dict(source_dataset="LEVIR-CD", before_dir="A", after_dir="B")

train_dataloader = dict(
    dataset=dict(
        data_root=f"{data_root}/train",
        tile_size=512,
        pipeline=[
            dict(type="LoadTile", binary_mask=True),
            dict(type="RandomCropPair", crop_size=(256, 256)),
            dict(type="RandomOrientation"),
            dict(type="PhotometricDistortion"),
            dict(type="PackChangeInputs"),
        ],
        **folders,
    )
)
val_dataloader = dict(dataset=dict(data_root=f"{data_root}/val", **folders))
test_dataloader = dict(dataset=dict(data_root=f"{data_root}/test", **folders))
