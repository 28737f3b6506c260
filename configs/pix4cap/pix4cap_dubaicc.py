"""Pix4Cap on Dubai-CC, with the masks of a detector that was trained on SYSU-CD."""

_base_ = [
    "../_base_/models/pix4cap.py",
    "../_base_/datasets/dubai_cc.py",
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
        # As published systems do on these few sentences: no word is left out.
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)

# The best epoch is chosen on the validation split.
default_hooks = dict(checkpoint=dict(save_best="BLEU-4", rule="greater"))
