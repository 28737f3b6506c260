"""PromptCC's recipe, for a data set to follow: frozen CLIP at 224 x 224, patience of 12 epochs."""

_base_ = [
    "../models/promptcc.py",
    "../schedules/adam_40e_plateau.py",
    "../published_runtime.py",
]

model = dict(encoder=dict(backbone={{_base_.frozen_clip}}))
custom_hooks = [
    dict(type="EarlyStoppingHook", monitor="BLEU-4", rule="greater", patience=12, min_delta=1e-6)
]
auto_scale_lr = dict(base_batch_size=10)

train_loader = dict(
    # 50 sentences, for published batches of three times 16.
    batch_size=10,
    dataset=dict(no_change_policy="replace", pipeline={{_base_.pipeline_224}}),
)
test_loader = dict(dataset=dict(pipeline={{_base_.pipeline_224}}))
