"""JFM with a frozen detector's features, trained whole: what the transfer modes vary.

As ../dfm_synthcc-tiny.py, but without the finest scale and TGCL, for six epochs. The encoder starts
from nothing, since starting it from the detector is one of the modes. Masks are loaded: multitask
trains on them, and all arms are scored on the masks that they find. Gradients are not clipped: by
the norm of all of them, a loss that reaches no part of the captioner would act on it.
"""

_base_ = ["../dfm_synthcc-tiny.py"]

three_scales = dict(out_indices=(1, 2, 3))
model = dict(
    encoder=dict(
        backbone=dict(init_cfg=None, frozen_stages=-1, **three_scales),
        change_detector=dict(
            backbone=three_scales,
            checkpoint="work_dirs/detector_synthcc-tiny/iter_400.pth",
            made_by="mmrsicc train configs/dfm/transfer/detector_synthcc-tiny.py",
        ),
    ),
    losses=dict(_delete_=True),
)
custom_hooks = []
optim_wrapper = dict(clip_grad=None)
param_scheduler = [dict(type="OneCycleLR", eta_max=1e-3, total_steps=6, convert_to_iter_based=True)]
# Runs are not selected: the last epoch counts.
train_cfg = dict(max_epochs=6, val_interval=6)
auto_scale_lr = dict(base_batch_size=32)

train_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="ResizePair", scale={{_base_.size}}),
    dict(type="RandomOrientation"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="ResizePair", scale={{_base_.size}}),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(batch_size=32, dataset=dict(mask_dir="label", pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(mask_dir="label", pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(mask_dir="label", pipeline=test_pipeline))
