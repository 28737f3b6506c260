"""SparseFocus on WHU-CDC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/sparse_focus.py",
    "../_base_/datasets/whu_cdc.py",
    "../_base_/schedules/adam_50e_decay.py",
    "../_base_/published_runtime.py",
]

model = dict(
    encoder=dict(
        # Of the data set, as DGAT's authors measured them.
        statistics=dict(
            before=dict(mean=(123.6404, 118.4032, 108.3062), std=(49.7608, 48.1702, 51.4021))
        ),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=3)
auto_scale_lr = dict(base_batch_size=3)
