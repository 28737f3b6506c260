"""RSICCformer on WHU-CDC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/rsiccformer.py",
    "../_base_/datasets/whu_cdc.py",
    "../_base_/schedules/adam_40e_plateau.py",
    "../_base_/published_runtime.py",
]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=6)
