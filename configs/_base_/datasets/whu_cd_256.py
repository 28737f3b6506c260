"""WHU-CD as most papers use it: cut to 256 x 256, in three folders with a list of each split."""

_base_ = ["./sysu_cd.py"]

data_root = "data/WHU-CD-256"
folders = dict(source_dataset="WHU-CD", before_dir="A", after_dir="B", data_root=data_root)

train_dataloader = dict(dataset=dict(pairs="list/train.txt", **folders))
val_dataloader = dict(dataset=dict(pairs="list/val.txt", **folders))
test_dataloader = dict(dataset=dict(pairs="list/test.txt", **folders))
