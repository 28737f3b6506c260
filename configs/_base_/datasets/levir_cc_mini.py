"""Forty real pairs of LEVIR-CC: enough to see the whole path work, never a benchmark."""

_base_ = ["./levir_cc.py"]

data_root = "{{$MMRSICC_DATA:../shared/data}}/levir_cc_mini"
ann_file = f"{data_root}/LevirCCcaptions.json"

train_dataloader = dict(batch_size=11, num_workers=1, dataset=dict(data_root=data_root))
val_dataloader = dict(batch_size=16, num_workers=1, dataset=dict(data_root=data_root))
test_dataloader = dict(batch_size=16, num_workers=1, dataset=dict(data_root=data_root))
