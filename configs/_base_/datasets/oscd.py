"""OSCD (Daudt et al. 2018): Sentinel-2 pairs of 24 cities, about 600 x 600 pixels, RGB previews.

As its authors publish it, unpacked into one folder. There is no validation split.
"""

_base_ = ["./sysu_cd.py"]

name = "Onera Satellite Change Detection dataset"
cities = dict(
    source_dataset="OSCD",
    data_root="data/OSCD",
    before_dir=f"{name} - Images/{{}}/pair/img1",
    after_dir=f"{name} - Images/{{}}/pair/img2",
)

train_dataloader = dict(
    dataset=dict(
        mask_dir=f"{name} - Train Labels/{{}}/cm/cm", pairs=f"{name} - Images/train.txt", **cities
    )
)
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    dataset=dict(
        mask_dir=f"{name} - Test Labels/{{}}/cm/cm", pairs=f"{name} - Images/test.txt", **cities
    )
)
