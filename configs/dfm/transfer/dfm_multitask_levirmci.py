"""DFM on LEVIR-MCI, trained to caption and to find changed roads and buildings at once.

Joint training as Change-Agent's MCI does it: cross-entropy of captions and of masks, each divided
by its own value; then captioning alone, then the mask alone, over a frozen rest. TGCL is left out,
as that division would count it as much as the captions.
"""

_base_ = [
    "../../_base_/models/dfm.py",
    "../../_base_/datasets/levir_mci.py",
    "../../_base_/schedules/adam_80e.py",
    "../../_base_/default_runtime.py",
]

classes = ("unchanged", "road", "building")
model = dict(
    backbone=dict(init_cfg={{_base_.imagenet}}),
    change_detector=None,
    auxiliary_losses=None,
    mask_head=dict(type="MaskHead", num_classes=len(classes), channels=128),
    loss_balance=dict(type="NormBalance"),
    tokenizer=dict(ann_file={{_base_.ann_file}}),
)

pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(256, 256)),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=pipeline))
val_dataloader = dict(dataset=dict(pipeline=pipeline))
test_dataloader = dict(dataset=dict(pipeline=pipeline))

val_evaluator = [
    dict(type="ChangeCaptionMetric"),
    dict(type="MaskClassMetric", names=classes),
]
test_evaluator = val_evaluator

# All that lies behind the maps from which the mask is made.
captioning = [
    "neck.scale_embedding",
    "neck.position",
    "neck.cross_scale",
    "neck.spatial",
    "neck.project",
    "neck.query",
    "neck.pool",
    "neck.pool_norm",
    "head",
]
custom_hooks = [
    dict(
        type="TrainingPhasesHook",
        phases=[
            dict(begin=40, losses=["caption"], trained=captioning),
            dict(begin=60, losses=["mask"], trained=["mask_head"]),
        ],
    )
]
# Each task has its best epoch, on the validation split.
default_hooks = dict(checkpoint=dict(save_best=["BLEU-4", "classes/mIoU"], rule="greater"))
# For several processes: frozen parts get no gradients.
find_unused_parameters = True
