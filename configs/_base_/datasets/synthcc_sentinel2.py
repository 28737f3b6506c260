"""SynthCC in ten bands, as Sentinel-2 has them, at 128 x 128.

mmrsicc synthcc data/SynthCC-sentinel2 --num-pairs 4000 --sensors sentinel2
"""

_base_ = ["./synthcc_tiny.py"]

data_root = "data/SynthCC-sentinel2"
ann_file = f"{data_root}/LevirCCcaptions.json"
# Of 60 pairs, by mmrsicc statistics.
statistics = dict(
    before=dict(
        mean=[776, 1127, 1326, 1666, 2278, 2535, 2673, 2760, 2582, 1966],
        std=[450, 581, 840, 799, 741, 806, 845, 871, 1048, 1104],
    ),
)

loading = dict(type="LoadBands", picture_bands=((3, 2, 1), (3, 2, 1)))
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
