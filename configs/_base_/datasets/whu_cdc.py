"""WHU-CDC, 256 x 256 pixels, with change masks."""

_base_ = ["./levir_cc.py"]

dataset_type = "WHUCDCDataset"
data_root = "data/WHU-CDC"
ann_file = f"{data_root}/whuCCcaptions.json"

train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
