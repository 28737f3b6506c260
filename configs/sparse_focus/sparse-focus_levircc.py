"""SparseFocus on LEVIR-CC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/sparse_focus.py",
    "../_base_/datasets/levir_cc.py",
    "../_base_/schedules/adam_50e_decay.py",
    "../_base_/published_runtime.py",
]

model = dict(
    encoder=dict(
        # Of the training split, as the authors measured them.
        statistics=dict(
            before=dict(mean=(100.6790, 99.5023, 84.9932), std=(50.9820, 48.4838, 44.7057))
        ),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=3)
auto_scale_lr = dict(base_batch_size=3)
