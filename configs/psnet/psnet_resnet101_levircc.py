"""PSNet on LEVIR-CC with ResNet-101, which the authors' code offers beside ViT-B/32."""

_base_ = [
    "../_base_/models/psnet.py",
    "../_base_/datasets/levir_cc.py",
    "../_base_/schedules/adam_40e_plateau.py",
    "../_base_/published_runtime.py",
]

model = dict(
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
train_dataloader = dict(batch_size=6)
