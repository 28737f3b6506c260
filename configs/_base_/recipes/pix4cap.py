"""Pix4Cap's recipe, for a data set to follow; masks of a detector that learned from SYSU-CD."""

_base_ = [
    "../models/pix4cap.py",
    "../schedules/adam_80e.py",
    "../published_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(init_cfg={{_base_.imagenet}}),
        change_detector=dict(
            source_dataset="SYSU-CD",
            checkpoint="work_dirs/siamese_mit-b1_sysu/best_mask_F1_*.pth",
            made_by="python tools/train.py configs/change_detection/siamese_mit-b1_sysu.py",
        ),
    ),
)
