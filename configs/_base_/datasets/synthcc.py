"""SynthCC, generated pairs: tools/dataset_converters/make_synthcc.py.

No network sees ``test_combination`` and ``test_distractor``, the out-of-distribution splits, unless
a test names them: ``--cfg-options test_dataloader.dataset.split=test_combination``.
"""

_base_ = ["./levir_cc.py"]

dataset_type = "SynthCCDataset"
data_root = "data/SynthCC"
ann_file = f"{data_root}/LevirCCcaptions.json"

train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))

test_evaluator = [
    dict(type="ChangeCaptionMetric"),
    dict(type="SynthTruthMetric", events=f"{data_root}/events"),
]
