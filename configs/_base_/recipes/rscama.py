"""RSCaMa's recipe, for a data set to follow: CLIP at 224 x 224, a sentence a pair."""

_base_ = [
    "../models/rscama.py",
    "../schedules/adam_80e.py",
    "../published_runtime.py",
]

model = dict(encoder=dict(backbone=dict(pretrained={{_base_.published}})))

auto_scale_lr = dict(base_batch_size=64)

train_loader = dict(
    batch_size=64,
    dataset=dict(
        caption_mode="random", no_change_policy="collapse", pipeline={{_base_.pipeline_224}}
    ),
)
test_loader = dict(dataset=dict(pipeline={{_base_.pipeline_224}}))
