"""MCI on LEVIR-MCI: captions, and masks of changed roads and buildings, in three phases.

Joint training first, cross-entropy of captions and of masks each divided by its own value; then
captioning alone, then masks alone, over a frozen backbone.
"""

_base_ = [
    "../_base_/models/mci.py",
    "../_base_/datasets/levir_mci.py",
    "../_base_/schedules/adam_250e.py",
    "../_base_/default_runtime.py",
]

classes = ("unchanged", "road", "building")
model = dict(
    encoder=dict(
        backbone=dict(init_cfg={{_base_.imagenet}}),
        neck=dict(masks=True),
        mask_head=dict(
            type="MaskHead",
            num_classes=len(classes),
            channels=64,
            transposed=True,
        ),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
    loss_balance=dict(type="NormBalance"),
)
train_dataloader = dict(
    # One sentence of a pair in each epoch.
    batch_size=64,
    dataset=dict(caption_mode="random", no_change_policy="collapse"),
)

val_evaluator = [
    dict(type="ChangeCaptionMetric"),
    dict(type="MaskClassMetric", names=classes),
]
test_evaluator = val_evaluator

captioning = ["encoder.neck.caption", "encoder.neck.project", "encoder.neck.block", "speaker"]
custom_hooks = [
    dict(
        type="TrainingPhasesHook",
        phases=[
            dict(begin=150, losses=["caption"], trained=captioning),
            dict(begin=200, losses=["mask"], trained=["encoder.neck.masks", "encoder.mask_head"]),
        ],
    )
]
# Each task has its best epoch, on the validation split.
default_hooks = dict(checkpoint=dict(save_best=["BLEU-4", "classes/mIoU"], rule="greater"))
# For several processes: frozen parts get no gradients.
find_unused_parameters = True
