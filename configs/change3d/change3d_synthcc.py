"""Change3D's captioner on SynthCC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/change3d.py",
    "../_base_/datasets/synthcc.py",
    "../_base_/schedules/adam_200e_step.py",
    "../_base_/published_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(pretrained={{_base_.x3d_l}}),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=6)
