"""MCI's recipe, for a data set to follow: one sentence of a pair in each epoch."""

_base_ = [
    "../models/mci.py",
    "../schedules/adam_250e.py",
    "../published_runtime.py",
]

model = dict(encoder=dict(backbone=dict(init_cfg={{_base_.imagenet}})))

train_loader = dict(
    batch_size=64,
    dataset=dict(caption_mode="random", no_change_policy="collapse"),
)
