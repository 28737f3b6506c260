"""Pairs of two sensors with sentences: Sentinel-1 before (2 bands), Sentinel-2 after (10 bands).

In LEVIR-CC's layout, GeoTIFF on one grid: VV and VH as power in A; B2, B3, B4, B5, B6, B7, B8, B8A,
B11, B12 in B. The statistics are round stand-ins: write those of your files with
`mmrsicc statistics` on this config.
"""

_base_ = ["./levir_cc.py"]

data_root = "data/sar-optical"
caption_file = "LevirCCcaptions.json"
ann_file = f"{data_root}/{caption_file}"
statistics = dict(
    before=dict(mean=[-11.0, -18.0], std=[5.0, 5.0]),
    after=dict(mean=[1500.0] * 10, std=[1000.0] * 10),
)

pipeline = [
    dict(
        type="LoadBands",
        same_sensor=False,
        decibels=(True, False),
        picture_bands=((1,), (3, 2, 1)),
    ),
    dict(type="ResizePair", scale=(256, 256)),
    dict(type="PackChangeInputs"),
]
dataset = dict(
    type="ChangeCaptionDataset",
    data_root=data_root,
    ann_file=caption_file,
    metainfo=dict(gsd=10.0),
    pipeline=pipeline,
)
train_dataloader = dict(dataset=dataset)
val_dataloader = dict(dataset=dataset)
test_dataloader = dict(dataset=dataset)
