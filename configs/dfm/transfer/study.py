"""Ways in which a captioner may get a change detector's knowledge: arms over one base config.

    mmrsicc ablate configs/dfm/transfer/study.py --seeds 3

docs/en/user_guides/transfer.md says what each does.
"""

base = "base_synthcc-tiny.py"
splits = ("test",)

detector_weights = dict(
    checkpoint="work_dirs/detector_synthcc-tiny/iter_400.pth",
    made_by="mmrsicc train configs/dfm/transfer/detector_synthcc-tiny.py",
    source_dataset="SynthCC",
)
captions_and_masks = [
    dict(type="ChangeCaptionMetric"),
    dict(type="SynthTruthMetric", events="data/SynthCC-tiny/events"),
    dict(type="ChangeMaskMetric"),
]


def arm(*, masks=True, hooks=(), **model):
    """An arm that changes the model; all whose model finds masks are scored on them."""
    scored = dict(test_evaluator=captions_and_masks) if masks else {}
    return dict(model=model, custom_hooks=list(hooks), **scored)


def detector(**options):
    """An arm in which the change detector alone is changed."""
    return dict(model=dict(encoder=dict(change_detector=options)))


# All that lies behind the maps from which the mask is made.
captioning = [
    *(
        f"encoder.neck.{part}"
        for part in (
            *("scale_embedding", "position", "cross_scale", "spatial"),
            *("project", "query", "pool", "pool_norm"),
        )
    ),
    "speaker",
]
imagenet_mit_b1 = dict(
    type="Pretrained",
    checkpoint="https://download.openmmlab.com/mmsegmentation/v0.5/pretrain/segformer/"
    "mit_b1_20220624-02e5a6a1.pth",
)

arms = dict(
    none=arm(encoder=dict(change_detector=None), masks=False),
    fuse=arm(),
    distill=arm(
        encoder=dict(transfer_to="losses"),
        losses=dict(distill=dict(type="MapDistillation")),
        masks=False,
    ),
    pseudo_label=arm(
        encoder=dict(transfer_to="losses", mask_head=dict(type="MaskHead", target="detector"))
    ),
    mask_attn=arm(
        encoder=dict(transfer_to="mask"),
        speaker=dict(token_mask=dict(type="TokenMask", alpha=0.5)),
    ),
    mask_attn_hard=arm(
        encoder=dict(transfer_to="mask"),
        speaker=dict(token_mask=dict(type="TokenMask", alpha=1.0)),
    ),
    # What a perfect mask would give: a bound, never a result.
    mask_attn_truth=arm(
        encoder=dict(change_detector=None),
        speaker=dict(token_mask=dict(type="TokenMask", alpha=0.5, given_by="ground truth")),
        masks=False,
    ),
    multitask=arm(
        encoder=dict(change_detector=None, mask_head=dict(type="MaskHead")),
        loss_balance=dict(type="NormBalance"),
    ),
    # The last two of six epochs, one task each.
    multitask_phases=arm(
        encoder=dict(change_detector=None, mask_head=dict(type="MaskHead")),
        loss_balance=dict(type="NormBalance"),
        hooks=[
            dict(
                type="TrainingPhasesHook",
                phases=[
                    dict(begin=4, losses=["caption"], trained=captioning),
                    dict(begin=5, losses=["mask"], trained=["encoder.mask_head"]),
                ],
            )
        ],
    ),
    init=arm(encoder=dict(change_detector=None, encoder_weights=detector_weights), masks=False),
    # Knowledge or capacity? cd_imagenet is for bases on MiT-b1 alone.
    cd_random=detector(source_dataset=None, checkpoint=None),
    cd_zeros=detector(type="ZeroedChangeDetector", source_dataset=None, checkpoint=None),
    cd_imagenet=detector(
        source_dataset=None, checkpoint=None, backbone=dict(init_cfg=imagenet_mit_b1)
    ),
)
groups = dict(
    modes=("none", "fuse", "distill", "pseudo_label", "mask_attn", "multitask", "init"),
    variants=("mask_attn_hard", "mask_attn_truth", "multitask_phases"),
    controls=("cd_random", "cd_zeros"),
    imagenet=("cd_imagenet",),
)
comparisons = (
    *((mode, "none") for mode in ("fuse", "distill", "pseudo_label", "mask_attn", "init")),
    ("multitask", "none"),
    ("multitask", "multitask_phases"),
    *(("fuse", control) for control in ("cd_random", "cd_zeros", "cd_imagenet")),
)
