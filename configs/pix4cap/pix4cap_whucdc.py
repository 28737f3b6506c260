"""Pix4Cap on WHU-CDC, with the masks of a detector that was trained on SYSU-CD."""

_base_ = [
    "../_base_/models/pix4cap.py",
    "../_base_/datasets/whu_cdc.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/default_runtime.py",
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
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)

# The best epoch is chosen on the validation split.
default_hooks = dict(checkpoint=dict(save_best="BLEU-4", rule="greater"))
