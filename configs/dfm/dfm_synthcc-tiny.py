"""DFM on a small SynthCC, in minutes on two CPU cores: the base of the studies of DFM.

Half-width ResNet-18 at 128 x 128, started from the change detector's own, since there are no other
weights to be had without a network. Three epochs, 525 steps of 80 sentences. The text side of TGCL
counts words and word pairs, with which its published scores were measured: the 13,177 sentences
that RandomOrientation can make would take all-MiniLM-L6-v2 80 seconds of one core, once.
"""

_base_ = [
    "../_base_/models/dfm.py",
    "../_base_/datasets/synthcc_tiny.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
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
    encoder=dict(
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
            made_by="python tools/train.py "
            "configs/change_detection/siamese_resnet18_synthcc-tiny.py",
        ),
        neck=dict(channels=64, out_channels=256, num_heads=4),
    ),
    speaker=dict(
        head=dict(dims=256, num_heads=4, num_layers=2),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
    losses=dict(tgcl=dict(text_encoder=dict(_delete_=True, type="HashedNgramEncoder"))),
)

train_dataloader = dict(batch_size=16)
param_scheduler = [dict(type="OneCycleLR", eta_max=1e-3, total_steps=3, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=3, val_interval=3)
auto_scale_lr = dict(base_batch_size=16)

default_hooks = dict(logger=dict(interval=20))
