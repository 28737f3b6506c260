"""DGAT on Dubai-CC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/dgat.py",
    "../_base_/datasets/dubai_cc.py",
    "../_base_/schedules/adam_50e_decay.py",
    "../_base_/published_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(init_cfg={{_base_.imagenet}}),
        # Of the training split, as the authors measured them.
        statistics=dict(
            before=dict(mean=(156.0681, 115.0891, 92.0745), std=(76.5139, 52.0616, 44.4209))
        ),
    ),
    speaker=dict(
        # The authors leave out no word here.
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)
train_dataloader = dict(batch_size=2)
auto_scale_lr = dict(base_batch_size=2)
