"""LEVIR-MCI: LEVIR-CC with change masks."""

_base_ = ["./levir_cc.py"]

dataset_type = "LEVIRMCIDataset"
data_root = "data/LEVIR-MCI"
ann_file = f"{data_root}/LevirCCcaptions.json"

train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
