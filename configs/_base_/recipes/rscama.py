"""RSCaMa's recipe, for a data set to follow: CLIP at 224 x 224."""

_base_ = [
    "../models/rscama.py",
    "../schedules/adam_80e.py",
    "../published_runtime.py",
]

model = dict(encoder=dict(backbone=dict(pretrained={{_base_.published}})))

train_loader = dict(batch_size=13, dataset=dict(pipeline={{_base_.pipeline_224}}))
test_loader = dict(dataset=dict(pipeline={{_base_.pipeline_224}}))
