"""What each part of DFM does on generated pairs: arms over frozen, kept features.

    mmrsicc ablate configs/dfm/ablation/study.py --arms core --seeds 5

Every arm but those of `encoder` has the same backbone, of which nothing is trained. `full` minus
`jfm` is the question. All arms with JFM have the pooled vector as a token. study_real.py has the
same arms on real pairs.
"""

base = "frozen_synthcc-tiny.py"
splits = ("test", "test_combination", "test_distractor")

# The base's custom hooks are TGCL's own.
without_tgcl = dict(losses=None)
no_hooks = dict(custom_hooks=[])
without_detector = dict(change_detector=None, detector_cache=None)
cdd = dict(
    source_dataset="CDD",
    checkpoint="work_dirs/siamese_resnet18_cdd-mini-128/iter_400.pth",
    made_by="mmrsicc train configs/change_detection/siamese_resnet18_cdd-mini-128.py",
)


def alone(neck, **encoder):
    """An arm without detector and TGCL: a neck, and a backbone that may be another."""
    return dict(
        model=dict(encoder=dict(neck=neck, **without_detector, **encoder), **without_tgcl),
        **no_hooks,
    )


def scales(*out_indices):
    """The frozen backbone's scales: 2 at stride 8, 3 at 16, 4 at 32."""
    return dict(backbone=dict(backbone=dict(out_indices=out_indices)))


def trained(**options):
    """A backbone that is trained, with the base's scales."""
    return dict(
        backbone=dict(
            _delete_=True,
            type="EfficientNetLite",
            arch="lite0",
            out_indices=(1, 2, 3, 4),
            **options,
        )
    )


def tgcl(**options):
    """An arm in which TGCL alone is changed."""
    return dict(model=dict(losses=dict(tgcl=options)))


def neck(**options):
    """An arm in which the neck alone is changed."""
    return dict(model=dict(encoder=dict(neck=options)))


def detector(**options):
    """An arm in which the change detector alone is changed."""
    return dict(model=dict(encoder=dict(change_detector=options)))


subtraction = dict(_delete_=True, type="SubtractionNeck", out_channels=256)
jfm = dict(prior=None)
# What is pretrained changes less than what is new.
slowly = dict(optim_wrapper=dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1)))))

arms = dict(
    # The autoregressive baseline: after - before of one scale.
    ar=alone(subtraction, **scales(4)),
    ar_stride8=alone(subtraction, **scales(2)),
    # Several scales without any comparison; as many parameters as JFM on real pairs, to 0.5 %.
    concat=alone(
        dict(
            _delete_=True,
            type="ConcatenationNeck",
            channels=64,
            hidden=856,
            out_channels=256,
            num_heads=4,
        )
    ),
    jfm=alone(jfm),
    jfm_one_scale=alone(jfm, **scales(2)),
    jfm_simple=alone(dict(difference=dict(type="SimpleDifference", operation="sub"), **jfm)),
    # JFM with other norms, width or registered parts.
    jfm_one_group=alone(dict(difference=dict(type="PairDifference", groups=1), **jfm)),
    jfm_shortcut=alone(
        dict(difference=dict(type="PairDifference", groups=1, shortcut=True), **jfm)
    ),
    jfm_shortcut_32=alone(dict(difference=dict(type="PairDifference", shortcut=True), **jfm)),
    jfm_wide=alone(dict(channels=128, **jfm)),
    jfm_concat_cos=alone(dict(difference=dict(type="ConcatCosDifference"), **jfm)),
    jfm_mci=alone(dict(difference=dict(type="MCIDifference"), **jfm)),
    jfm_gated=alone(dict(difference=dict(type="GatedDifference"), **jfm)),
    jfm_cross_attention=alone(dict(difference=dict(type="CrossAttentionDifference"), **jfm)),
    jfm_gated_mean=alone(dict(fusion=dict(type="GatedMeanFusion"), **jfm)),
    jfm_top_down=alone(dict(fusion=dict(type="TopDownFusion"), **jfm)),
    jfm_cd=dict(model=without_tgcl, **no_hooks),
    jfm_cd_no_prior=dict(model=dict(encoder=dict(neck=jfm), **without_tgcl), **no_hooks),
    jfm_tgcl=dict(model=dict(encoder=dict(neck=jfm, **without_detector))),
    full=dict(),
    # What the text says, or only that there is a second loss?
    placebo=tgcl(placebo=True),
    ngrams=tgcl(
        text_encoder=dict(_delete_=True, type="HashedNgramEncoder"),
        gate=dict(theta=0.796, kappa=0.0209),
    ),
    # Full DFM without one part.
    no_gate=tgcl(gate=dict(_delete_=True, type="ClosedGate")),
    no_prior=neck(prior=None),
    no_detector_dropout=neck(detector_dropout=0.0),
    no_pooled_token=neck(pooled_token=False),
    no_counterfactuals=tgcl(counterfactuals=0),
    unchanged_inside=tgcl(unchanged="contrast"),
    # Or with another in its place.
    counterfactuals_20=tgcl(counterfactuals=20),
    token_guidance=tgcl(similarity=dict(type="TokenSimilarity")),
    weight_0p3=tgcl(loss_weight=0.3),
    cd_cdd=detector(**cdd),
    cd_zeros=detector(type="ZeroedChangeDetector", source_dataset=None, checkpoint=None),
    # A backbone that is trained, from nothing and from ImageNet's weights.
    scratch=alone(jfm, **trained()),
    scratch_full=dict(model=dict(encoder=trained())),
    tuned=dict(**alone(jfm, **trained(pretrained=True)), **slowly),
    tuned_full=dict(model=dict(encoder=trained(pretrained=True)), **slowly),
)

groups = dict(
    core=("jfm", "jfm_cd", "jfm_tgcl", "full", "placebo"),
    controls=("ar", "ar_stride8", "concat", "jfm_one_scale", "jfm_simple", "jfm_cd_no_prior"),
    options=(
        *("jfm_one_group", "jfm_shortcut", "jfm_shortcut_32", "jfm_wide"),
        *("jfm_concat_cos", "jfm_mci", "jfm_gated", "jfm_cross_attention"),
        *("jfm_gated_mean", "jfm_top_down"),
    ),
    parts=(
        *("no_prior", "no_detector_dropout", "no_pooled_token", "no_counterfactuals"),
        *("unchanged_inside", "ngrams", "no_gate"),
    ),
    others=("counterfactuals_20", "token_guidance", "weight_0p3"),
    detector=("cd_cdd", "cd_zeros"),
    encoder=("scratch", "scratch_full", "tuned", "tuned_full"),
)
comparisons = (
    ("full", "jfm"),
    ("placebo", "jfm"),
    ("full", "placebo"),
    ("jfm_cd", "jfm"),
    ("jfm_tgcl", "jfm"),
    ("full", "jfm_cd"),
    ("full", "ar_stride8"),
    *(("jfm", name) for name in ("ar", "ar_stride8", "concat", "jfm_one_scale", "jfm_simple")),
    *(("jfm", name) for name in groups["options"]),
    ("jfm_cd", "jfm_cd_no_prior"),
    *(("full", name) for kind in ("parts", "others", "detector") for name in groups[kind]),
    ("scratch_full", "scratch"),
    ("tuned_full", "tuned"),
)
