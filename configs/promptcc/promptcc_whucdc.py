"""PromptCC on WHU-CDC, by the recipe of its authors."""

_base_ = [
    "../_base_/models/promptcc.py",
    "../_base_/datasets/whu_cdc.py",
    "../_base_/schedules/adam_40e_plateau.py",
    "../_base_/default_runtime.py",
]

model = dict(encoder=dict(backbone={{_base_.frozen_clip}}))
train_dataloader = dict(
    # 50 sentences, for published batches of three times 16.
    batch_size=10,
    dataset=dict(no_change_policy="collapse", pipeline={{_base_.pipeline_224}}),
)
val_dataloader = dict(dataset=dict(pipeline={{_base_.pipeline_224}}))
test_dataloader = dict(dataset=dict(pipeline={{_base_.pipeline_224}}))
custom_hooks = [
    dict(type="EarlyStoppingHook", monitor="BLEU-4", rule="greater", patience=12, min_delta=1e-6)
]
auto_scale_lr = dict(base_batch_size=10)

# The best epoch is chosen on the validation split.
default_hooks = dict(checkpoint=dict(save_best="BLEU-4", rule="greater"))
