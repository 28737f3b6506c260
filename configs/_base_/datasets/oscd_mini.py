"""OSCD (Daudt et al. 2018) as RGB, four of its cities for training and one for the test.

There is no validation split.
"""

_base_ = ["./sysu_cd.py"]

data_root = "{{$MMRSICC_DATA:../shared/data}}/change_detection/oscd"
folders = dict(source_dataset="OSCD", before_dir="A", after_dir="B")

train_dataloader = dict(num_workers=1, dataset=dict(data_root=f"{data_root}/train", **folders))
val_dataloader = None
val_evaluator = None
test_dataloader = dict(num_workers=1, dataset=dict(data_root=f"{data_root}/test", **folders))
