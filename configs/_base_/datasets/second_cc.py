"""SECOND-CC, 256 x 256 pixels, RGB alone.

The semantic maps come with ``dataset=dict(semantic_dirs=("sem/A", "sem/B"))`` in each loader.
"""

_base_ = ["./levir_cc.py"]

dataset_type = "SECONDCCDataset"
data_root = "data/SECOND-CC-AUG"
ann_file = f"{data_root}/SECOND-CC-AUG.json"

train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
