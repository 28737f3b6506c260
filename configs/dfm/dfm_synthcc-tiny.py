"""DFM on a small SynthCC, in minutes on two CPU cores: what tools/quickstart.sh trains.

Half-width ResNet-18 at 128 x 128, started from the change detector's own, since there are no other
weights to be had without a network. The text side of TGCL counts words and word pairs: with the
rewritten sentences of RandomOrientation there are tens of thousands to embed.
"""

_base_ = [
    "../_base_/models/dfm.py",
    "../_base_/datasets/synthcc.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/default_runtime.py",
]

data_root = "data/SynthCC-tiny"
size = (128, 128)

train_pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=size),
    dict(type="RandomOrientation"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=size),
    dict(type="PackChangeInputs"),
]
shared = dict(data_root=data_root, mask_dir=None)
train_dataloader = dict(
    batch_size=32,
    num_workers=1,
    drop_last=True,
    dataset=dict(caption_mode="random", pipeline=train_pipeline, **shared),
)
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=test_pipeline, **shared))
test_dataloader = dict(num_workers=1, dataset=dict(pipeline=test_pipeline, **shared))
test_evaluator = [
    dict(type="ChangeCaptionMetric"),
    dict(type="SynthTruthMetric", events=f"{data_root}/events"),
]

detector_weights = "work_dirs/siamese_resnet18_synthcc-tiny/iter_400.pth"
resnet18 = dict(
    _delete_=True,
    type="mmpretrain.ResNet",
    depth=18,
    stem_channels=32,
    base_channels=32,
    out_indices=(0, 1, 2, 3),
)
model = dict(
    backbone=dict(
        frozen_stages=1,
        init_cfg=dict(type="Pretrained", checkpoint=detector_weights, prefix="backbone."),
        **resnet18,
    ),
    change_detector=dict(
        source_dataset="SynthCC",
        backbone=resnet18,
        channels=64,
        checkpoint=detector_weights,
        made_by="python tools/train.py configs/change_detection/siamese_resnet18_synthcc-tiny.py",
    ),
    neck=dict(channels=64, out_channels=256, num_heads=4),
    head=dict(dims=256, num_heads=4, num_layers=2),
    tokenizer=dict(ann_file=f"{data_root}/LevirCCcaptions.json", min_count=1),
    auxiliary_losses=dict(tgcl=dict(text_encoder=dict(_delete_=True, type="HashedNgramEncoder"))),
)

optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="AdamW", lr=1e-3, weight_decay=0.02),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type="OneCycleLR", eta_max=1e-3, total_steps=10, convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=10, val_interval=10)
default_hooks = dict(logger=dict(interval=20))
