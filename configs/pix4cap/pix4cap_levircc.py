"""Pix4Cap on LEVIR-CC, with the masks of a detector that was trained on SYSU-CD."""

_base_ = ["../_base_/recipes/pix4cap.py", "../_base_/datasets/levir_cc.py"]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
