"""ChangeCLIP (Dong et al. 2024) on ViT-B/16 and SYSU-CD.

It starts from random weights; `pretrained` and `text.tokenizer` name a CLIP model to start from, as
its authors do: "openai/clip-vit-base-patch16".
"""

_base_ = ["./fc-ef_sysu.py"]

model = dict(_delete_=True, type="ChangeCLIP", source_dataset="SYSU-CD")

train_dataloader = dict(batch_size=20)
optim_wrapper = dict(
    _delete_=True,
    type="OptimWrapper",
    constructor="SparingDecayConstructor",
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=0.01),
)
