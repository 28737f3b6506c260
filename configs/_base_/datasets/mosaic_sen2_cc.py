"""MOSAIC-SEN2-CC (Tuzlupinar et al. 2025): Sentinel-2 pairs of 10 bands with five sentences each.

Expected in LEVIR-CC's layout, GeoTIFF of ten bands: B2, B3, B4, B5, B6, B7, B8, B8A, B11, B12. The
authors' own layout has not been seen; `data_root`, `ann_file`, `before_dir` and `after_dir` say
where files lie, `LoadBands` which bands they have. The statistics are round stand-ins: write those
of your files with `mmrsicc statistics` on this config.
"""

_base_ = ["./levir_cc.py"]

data_root = "data/MOSAIC-SEN2-CC"
ann_file = f"{data_root}/LevirCCcaptions.json"
statistics = dict(before=dict(mean=[1500.0] * 10, std=[1000.0] * 10))

pipeline = [
    dict(type="LoadBands", picture_bands=((3, 2, 1), (3, 2, 1))),
    dict(type="ResizePair", scale=(256, 256)),
    dict(type="PackChangeInputs"),
]
dataset = dict(
    type="MOSAICSen2CCDataset",
    data_root=data_root,
    pipeline=pipeline,
)
train_dataloader = dict(dataset=dataset)
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)
