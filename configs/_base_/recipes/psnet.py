"""PSNet's recipe, for a data set to follow: frozen ViT-B/32 at 224 x 224."""

_base_ = [
    "../models/psnet.py",
    "../models/vit-b32.py",
    "../schedules/adam_40e_plateau.py",
    "../published_runtime.py",
]

model = dict(encoder=dict(backbone={{_base_.vit_b32}}, neck=dict(grid_size=7)))

train_loader = dict(batch_size=6, dataset=dict(pipeline={{_base_.pipeline_224}}))
test_loader = dict(dataset=dict(pipeline={{_base_.pipeline_224}}))
