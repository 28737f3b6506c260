"""Captions of ChangeChat-105k, which lie in the folder ``changechat`` of LEVIR-CC.

It has none of the validation split: there LEVIR-CC's own are used.
"""

_base_ = ["./levir_cc.py"]

data_root = "data/LEVIR-CC"
ann_file = f"{data_root}/changechat"

train_dataloader = dict(dataset=dict(ann_file="changechat"))
test_dataloader = dict(dataset=dict(ann_file="changechat"))
