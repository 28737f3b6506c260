"""HiSem's recipe, for a data set to follow: CLIP at 224 x 224, 50 epochs, a schedule of flags."""

_base_ = [
    "../models/hisem.py",
    "../schedules/adam_80e.py",
    "../published_runtime.py",
]

model = dict(encoder=dict(backbone=dict(pretrained={{_base_.published}})))
train_cfg = dict(max_epochs=50)
custom_hooks = [dict(type="FlagScheduleHook", quiet_epochs=4, taught_epochs=41)]

auto_scale_lr = dict(base_batch_size=64)

train_loader = dict(
    batch_size=64,
    dataset=dict(
        caption_mode="random", no_change_policy="collapse", pipeline={{_base_.pipeline_224}}
    ),
)
test_loader = dict(dataset=dict(pipeline={{_base_.pipeline_224}}))
