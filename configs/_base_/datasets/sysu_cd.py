"""SYSU-CD, pairs with binary change masks, for training a change detector."""

dataset_type = "ChangeDetectionDataset"
data_root = "data/SYSU-CD"
folders = dict(source_dataset="SYSU-CD", before_dir="time1", after_dir="time2", mask_dir="label")

train_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="RandomCropPair", crop_size=(256, 256)),
    dict(type="RandomOrientation"),
    dict(type="PhotometricDistortion"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="PackChangeInputs"),
]

train_dataloader = dict(
    batch_size=16,
    num_workers=4,
    # Workers that live on keep drawing; new ones would repeat the draws of the first epoch.
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=f"{data_root}/train",
        **folders,
        pipeline=train_pipeline,
    ),
)
# Whole images, which may differ in size: one at a time.
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=f"{data_root}/val",
        **folders,
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=f"{data_root}/test",
        **folders,
        pipeline=test_pipeline,
        test_mode=True,
    ),
)

val_evaluator = dict(type="ChangeMaskMetric")
test_evaluator = val_evaluator
