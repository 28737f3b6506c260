"""Pix4Cap on WHU-CDC, with the masks of a detector that was trained on SYSU-CD."""

_base_ = ["../_base_/recipes/pix4cap.py", "../_base_/datasets/whu_cdc.py"]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
