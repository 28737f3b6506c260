"""LEVIR-CC, 256 x 256 pixels; a sample is a pair with all its captions."""

dataset_type = "LEVIRCCDataset"
data_root = "data/LEVIR-CC"
ann_file = f"{data_root}/LevirCCcaptions.json"

train_pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(256, 256)),
    # RandomOrientation (flips and turns that rewrite "left" and "right" too) would stand here; the
    # published systems train without.
    dict(type="PackChangeInputs"),
]
test_pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(256, 256)),
    dict(type="PackChangeInputs"),
]

train_dataloader = dict(
    # Pairs: 65 sentences, for published batches of 64.
    batch_size=13,
    num_workers=4,
    # Workers that live on keep drawing; new ones would repeat the draws of the first epoch.
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split="train",
        caption_mode="pair",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split="val",
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split="test",
        pipeline=test_pipeline,
        test_mode=True,
    ),
)

val_evaluator = dict(type="ChangeCaptionMetric")
test_evaluator = val_evaluator
