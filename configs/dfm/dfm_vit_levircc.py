"""DFM on LEVIR-CC as a secondary source describes it; not verified against the paper.

A plain ViT, the prior of a frozen change detector, a frozen sentence encoder, and a contrast that
leaves unchanged pairs out. All else is ours (docs/en/notes/dfm.md): CLIP's weights, the four depths
of the ViT in the place of scales, the detector and its data, and every number.
"""

_base_ = ["./dfm_levircc.py"]

model = dict(
    encoder=dict(
        backbone=dict(
            _delete_=True,
            type="mmpretrain.VisionTransformer",
            arch="base",
            img_size=256,
            patch_size=16,
            pre_norm=True,
            out_type="featmap",
            out_indices=(2, 5, 8, 11),
            init_cfg=dict(
                type="Pretrained",
                # CLIP's ViT-B/16 of OpenAI, tuned on ImageNet-1k.
                checkpoint="https://download.openmmlab.com/mmclassification/v0/clip/"
                "clip-vit-base-p16_openai-pre_3rdparty_in1k_20221220-c7d9c899.pth",
                prefix="backbone.",
            ),
        ),
        # CLIP's own.
        statistics=dict(
            before=dict(
                mean=[122.771, 116.746, 104.094],
                std=[68.501, 66.632, 70.323],
            )
        ),
        neck=dict(prior=dict(type="DetectorPrior"), detector_dropout=0.3),
    ),
    losses=dict(tgcl=dict(unchanged="outside")),
)

# What is pretrained changes less than what is new.
optim_wrapper = dict(paramwise_cfg=dict(custom_keys={"encoder.backbone": dict(lr_mult=0.1)}))
