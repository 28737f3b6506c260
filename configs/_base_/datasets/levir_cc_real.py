"""LEVIR-CC, the recovered part: a third of the test split, 762 training pairs; 256 x 256 pixels.

Its scores stand in no table with scores on the whole test split: see
docs/en/user_guides/levir_cc_real.md.
"""

_base_ = ["./levir_cc.py"]

data_root = "{{$MMRSICC_DATA:../shared/data}}/levir_cc_real"
ann_file = f"{data_root}/LevirCCcaptions.json"
place = dict(type="LEVIRCCRealDataset", data_root=data_root)

train_dataloader = dict(batch_size=32, num_workers=1, dataset=place)
val_dataloader = dict(num_workers=1, dataset=place)
test_dataloader = dict(num_workers=1, dataset=place)
