"""SparseFocus on SynthCC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/sparse_focus.py",
    "../_base_/datasets/synthcc.py",
    "../_base_/schedules/adam_50e_decay.py",
    "../_base_/published_runtime.py",
]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=3)
auto_scale_lr = dict(base_batch_size=3)
