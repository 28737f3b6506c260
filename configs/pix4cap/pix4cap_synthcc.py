"""Pix4Cap on SynthCC, with the masks of a detector that was trained on its training split."""

_base_ = ["../_base_/recipes/pix4cap.py", "../_base_/datasets/synthcc.py"]

model = dict(
    encoder=dict(
        change_detector=dict(
            source_dataset="SynthCC",
            checkpoint="work_dirs/siamese_mit-b1_synthcc/best_mask_F1_*.pth",
            made_by="python tools/train.py configs/change_detection/siamese_mit-b1_synthcc.py",
        ),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
