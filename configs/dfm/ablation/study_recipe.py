"""What helps a captioner on few real pairs: JFM on frozen features, one choice changed at a time.

    mmrsicc train configs/dfm/ablation/jfm_synthcc-tiny_start.py   # for the arm synthcc_start
    mmrsicc ablate configs/dfm/ablation/study_recipe.py --seeds 3

All arms take 368 steps. `jfm` has eight views of a pair, all of its sentences in one pass, one
sentence for an unchanged pair, ImageNet's weights and a one-cycle rate; it is study_real.py's.
"""

base = "frozen_levircc-real.py"
splits = ("test",)


def loaded(side):
    """Pairs of this many pixels a side, kept in memory."""
    steps = [dict(type="LoadPair"), dict(type="ResizePair", scale=(side, side))]
    return dict(type="KeptPair", transforms=steps)


def jfm(encoder=None, speaker=None, **options):
    """An arm of JFM alone, without detector and TGCL."""
    alone = dict(change_detector=None, detector_cache=None, neck=dict(prior=None))
    model = dict(encoder=dict(**alone, **(encoder or {})), speaker=speaker or {}, losses=None)
    return dict(model=model, **dict(custom_hooks=[]) | options)


def data(**options):
    """An arm whose training pairs are read otherwise."""
    return jfm(train_dataloader=dict(dataset=options))


def started(checkpoint, prefix):
    """What a part starts from."""
    return dict(type="Pretrained", checkpoint=checkpoint, prefix=prefix)


def backbone(**options):
    """An arm with another frozen backbone."""
    return jfm(dict(backbone=dict(backbone=options)))


arms = dict(
    jfm=jfm(),
    one_view=data(pipeline=[loaded(128), dict(type="PackChangeInputs")]),
    # One of a pair's sentences in a pass, another each time.
    one_sentence=data(caption_mode="random"),
    # An unchanged pair keeps its five ways to say so.
    all_no_change=data(no_change_policy="keep"),
    # ImageNet's weights trained on building masks, and a network trained on generated pairs alone.
    levir_masks=backbone(
        pretrained=False,
        init_cfg=started(
            "work_dirs/siamese_lite0_levir-cc-real-128/best_mask_F1_epoch_14.pth", "backbone."
        ),
    ),
    synthcc_masks=jfm(
        dict(
            backbone=dict(
                backbone=dict(
                    _delete_=True,
                    type="mmpretrain.ResNet",
                    depth=18,
                    stem_channels=32,
                    base_channels=32,
                    out_indices=(0, 1, 2),
                    init_cfg=started(
                        "work_dirs/siamese_resnet18_synthcc-tiny/iter_400.pth", "backbone."
                    ),
                )
            ),
            statistics=dict(
                before=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
            ),
        )
    ),
    # The whole captioner has seen generated pairs first.
    synthcc_start=jfm(load_from="work_dirs/jfm_synthcc-tiny_start/epoch_4.pth"),
    # The change mask as a second task, learned from a detector's masks; captions do not read it.
    mask_task=dict(
        model=dict(
            encoder=dict(
                neck=dict(prior=None),
                transfer_to="losses",
                mask_head=dict(type="MaskHead", target="detector"),
            ),
            losses=None,
        ),
        custom_hooks=[],
    ),
    # Weights averaged over about the last fifty steps.
    averaged=jfm(custom_hooks=[dict(type="EMAHook", momentum=0.02)]),
    restarts=jfm(
        param_scheduler=[
            dict(type="LinearLR", start_factor=0.04, end=30, by_epoch=False),
            dict(
                type="CosineRestartLR",
                begin=30,
                periods=[92, 82, 82, 82],
                restart_weights=[1] * 4,
                eta_min=1e-6,
                by_epoch=False,
            ),
        ]
    ),
    beams=jfm(speaker=dict(decoding=dict(type="BeamSearch", beam_size=5))),
    px_256=jfm(
        train_dataloader=dict(
            dataset=dict(
                pipeline=[
                    loaded(256),
                    dict(type="RandomOrientation"),
                    dict(type="PackChangeInputs"),
                ],
                metainfo=dict(gsd=0.5),
            )
        ),
        test_dataloader=dict(
            dataset=dict(
                pipeline=[
                    dict(type="LoadPair"),
                    dict(type="ResizePair", scale=(256, 256)),
                    dict(type="PackChangeInputs"),
                ],
                metainfo=dict(gsd=0.5),
            )
        ),
    ),
)
groups = dict(
    data=("jfm", "one_view", "one_sentence", "all_no_change"),
    start=("jfm", "levir_masks", "synthcc_masks", "synthcc_start"),
    task=("jfm", "mask_task"),
    schedule=("jfm", "averaged", "restarts"),
    decoding=("jfm", "beams"),
    size=("jfm", "px_256"),
)
comparisons = tuple((name, "jfm") for name in arms if name != "jfm")
