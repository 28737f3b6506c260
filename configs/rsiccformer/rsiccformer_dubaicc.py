"""RSICCformer on Dubai-CC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/rsiccformer.py",
    "../_base_/datasets/dubai_cc.py",
    "../_base_/schedules/adam_40e_plateau.py",
    "../_base_/published_runtime.py",
]

model = dict(
    speaker=dict(
        # As published systems do on these few sentences: no word is left out.
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)
train_dataloader = dict(batch_size=6)
