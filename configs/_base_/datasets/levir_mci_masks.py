"""LEVIR-MCI's masks of roads and buildings as binary change masks, for training a detector.

Their values are 0, 128 (road) and 255 (building); binary_mask makes one class of both.
"""

_base_ = ["./sysu_cd.py"]

data_root = "data/LEVIR-MCI/images"
folders = dict(
    source_dataset="LEVIR-MCI",
    before_dir="A",
    after_dir="B",
    metainfo=dict(mask_classes={128: "road", 255: "building"}),
)

train_dataloader = dict(dataset=dict(data_root=f"{data_root}/train", **folders))
val_dataloader = dict(dataset=dict(data_root=f"{data_root}/val", **folders))
test_dataloader = dict(dataset=dict(data_root=f"{data_root}/test", **folders))
