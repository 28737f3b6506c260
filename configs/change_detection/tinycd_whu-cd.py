"""TinyCD (Codegoni et al. 2023) on WHU-CD, by its authors' recipe."""

_base_ = ["./tinycd_levir-cd.py"]

data_root = "data/WHU-CD-256"
folders = dict(source_dataset="WHU-CD", data_root=data_root)

model = dict(source_dataset="WHU-CD")

train_dataloader = dict(dataset=folders)
val_dataloader = dict(dataset=folders)
test_dataloader = dict(dataset=folders)
