"""The network of the quick start's detector on 500 pairs of CDD, another source than SynthCC.

It serves the arm cd_cdd of configs/dfm/ablation/study.py. Trained from scratch for a fixed number
of iterations; nothing is selected.
"""

_base_ = ["./siamese_resnet18_synthcc-tiny.py"]

source_dataset = "CDD"
data_root = "{{$MMRSICC_DATA:../shared/data}}/change_detection/cdd"
# CDD's masks have one kind of change.
folders = dict(source_dataset=source_dataset, metainfo=dict(_delete_=True))
train_dataloader = dict(dataset=dict(data_root=f"{data_root}/train", **folders))
test_dataloader = dict(dataset=dict(data_root=f"{data_root}/test", **folders))

model = dict(source_dataset=source_dataset)
