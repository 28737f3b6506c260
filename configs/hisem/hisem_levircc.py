"""HiSem on LEVIR-CC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/hisem.py",
    "../_base_/datasets/levir_cc.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(pretrained={{_base_.published}}),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=13, dataset=dict(pipeline={{_base_.pipeline_224}}))
val_dataloader = dict(dataset=dict(pipeline={{_base_.pipeline_224}}))
test_dataloader = dict(dataset=dict(pipeline={{_base_.pipeline_224}}))
train_cfg = dict(max_epochs=50)
custom_hooks = [dict(type="FlagScheduleHook", quiet_epochs=4, taught_epochs=41)]

# The best epoch is chosen on the validation split.
default_hooks = dict(checkpoint=dict(save_best="BLEU-4", rule="greater"))
