"""Pix4Cap on Dubai-CC, with the masks of a detector that was trained on SYSU-CD."""

_base_ = ["../_base_/recipes/pix4cap.py", "../_base_/datasets/dubai_cc.py"]

model = dict(
    speaker=dict(
        # As published systems do on these few sentences: no word is left out.
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)
