"""ChangeCLIP (Dong et al. 2024) on ViT-B/16 and SYSU-CD, by its authors' recipe.

Weight decay also spares biases and positions, theirs spares norms alone.

It starts from random weights; `pretrained` and `text.tokenizer` name a CLIP model to start from, as
its authors do: "openai/clip-vit-base-patch16". The best checkpoint is chosen by F1, theirs by IoU.
"""

_base_ = ["../_base_/datasets/sysu_cd.py", "../_base_/default_runtime.py"]

model = dict(type="ChangeCLIP", source_dataset="SYSU-CD")

train_dataloader = dict(batch_size=12, sampler=dict(type="InfiniteSampler"))
optim_wrapper = dict(
    type="OptimWrapper",
    constructor="SparingDecayConstructor",
    optimizer=dict(type="AdamW", lr=3e-5, weight_decay=0.01),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=1e-6, by_epoch=False, end=1500),
    dict(type="PolyLR", eta_min=0.0, power=1.0, by_epoch=False, begin=1500, end=20000),
]
train_cfg = dict(type="IterBasedTrainLoop", max_iters=20000, val_interval=500)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=500, save_best="mask/F1", rule="greater")
)
log_processor = dict(by_epoch=False)
auto_scale_lr = dict(base_batch_size=12)
