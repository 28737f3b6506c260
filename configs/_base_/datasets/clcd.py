"""CLCD (Liu et al. 2022): 600 pairs of cropland, 512 x 512 pixels, with binary change masks."""

_base_ = ["./sysu_cd.py"]

data_root = "data/CLCD"

train_dataloader = dict(dataset=dict(data_root=f"{data_root}/train", source_dataset="CLCD"))
val_dataloader = dict(dataset=dict(data_root=f"{data_root}/val", source_dataset="CLCD"))
test_dataloader = dict(dataset=dict(data_root=f"{data_root}/test", source_dataset="CLCD"))
