"""MCI on SynthCC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/mci.py",
    "../_base_/datasets/synthcc.py",
    "../_base_/schedules/adam_250e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(init_cfg={{_base_.imagenet}}),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(
    # One sentence of a pair in each epoch.
    batch_size=64,
    dataset=dict(caption_mode="random", no_change_policy="collapse"),
)

# The best epoch is chosen on the validation split.
default_hooks = dict(checkpoint=dict(save_best="BLEU-4", rule="greater"))
