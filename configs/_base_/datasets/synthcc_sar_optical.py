"""SynthCC with SAR before (VV and VH, decibels) and ten optical bands after, at 128 x 128.

mmrsicc synthcc data/SynthCC-sar-optical --num-pairs 4000 --sensors sar-optical
"""

_base_ = ["./synthcc_tiny.py"]

data_root = "data/SynthCC-sar-optical"
ann_file = f"{data_root}/LevirCCcaptions.json"
# Of 60 pairs, by mmrsicc statistics.
statistics = dict(
    before=dict(mean=[-13.1, -20.3], std=[4.81, 5.65]),
    after=dict(
        mean=[758, 1105, 1279, 1628, 2288, 2561, 2700, 2787, 2515, 1901],
        std=[463, 589, 852, 804, 750, 826, 867, 894, 1044, 1112],
    ),
)

loading = dict(
    type="LoadBands",
    same_sensor=False,
    decibels=(True, False),
    picture_bands=((1,), (3, 2, 1)),
)
# Reading ten bands at twice the size takes longer than a training step.
kept = dict(
    type="KeptPair", transforms=[loading, dict(type="ResizePair", scale=(128, 128))], max_gib=4.0
)
packing = dict(type="PackChangeInputs")
train_pipeline = [kept, dict(type="RandomOrientation"), packing]
test_pipeline = [loading, dict(type="ResizePair", scale=(128, 128)), packing]
train_dataloader = dict(dataset=dict(data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(data_root=data_root, pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(data_root=data_root, pipeline=test_pipeline))
test_evaluator = [
    dict(type="ChangeCaptionMetric"),
    dict(type="SynthTruthMetric", events=f"{data_root}/events"),
]
