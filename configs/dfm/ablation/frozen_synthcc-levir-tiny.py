"""Full DFM on generated pairs in which the same changes as in LEVIR-CC are frequent.

    mmrsicc synthcc data/SynthCC-levir-tiny --num-pairs 4000 --mix levir-cc

Otherwise frozen_synthcc-tiny.py, with its detector and its gate.
"""

_base_ = ["frozen_synthcc-tiny.py"]

data_root = "data/SynthCC-levir-tiny"
ann_file = f"{data_root}/LevirCCcaptions.json"
model = dict(speaker=dict(tokenizer=dict(ann_file=ann_file)))
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))
test_evaluator = [
    dict(type="ChangeCaptionMetric"),
    dict(type="ContentMetric"),
    dict(type="SynthTruthMetric", events=f"{data_root}/events"),
]
