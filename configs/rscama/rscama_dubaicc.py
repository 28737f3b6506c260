"""RSCaMa on Dubai-CC, by the recipe of its authors."""

_base_ = ["../_base_/recipes/rscama.py", "../_base_/datasets/dubai_cc.py"]

model = dict(
    speaker=dict(
        # As published systems do on these few sentences: no word is left out.
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)
train_dataloader = {{_base_.train_loader}}
val_dataloader = {{_base_.test_loader}}
test_dataloader = {{_base_.test_loader}}
