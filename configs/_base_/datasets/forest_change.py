"""Forest-Change, 480 x 480 pixels reduced to 256 x 256, with masks of lost forest."""

_base_ = ["./levir_cc.py"]

dataset_type = "ForestChangeDataset"
data_root = "data/Forest-Change-dataset"
ann_file = f"{data_root}/ForestChatcaptions.json"

train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
