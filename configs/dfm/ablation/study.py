"""What each part of DFM does: arms over one base config.

    python tools/analysis_tools/ablate.py configs/dfm/ablation/study.py --arms core --seeds 3

With ``--base`` the same arms vary another DFM, such as configs/dfm/dfm_synthcc.py.
"""

base = "base_synthcc-tiny.py"
splits = ("test", "test_combination", "test_distractor")

# The base's custom hooks are TGCL's own.
without_tgcl = dict(model=dict(losses=None), custom_hooks=[])
without_detector = dict(change_detector=None)
no_warmup = dict(custom_hooks=[dict(type="TextEmbeddingHook")])
from_scratch = dict(init_cfg=None, frozen_stages=-1)
imagenet_mit_b1 = dict(
    type="Pretrained",
    checkpoint="https://download.openmmlab.com/mmsegmentation/v0.5/pretrain/segformer/"
    "mit_b1_20220624-02e5a6a1.pth",
)


lite0 = dict(
    backbone=dict(
        _delete_=True,
        type="EfficientNetLite",
        arch="lite0",
        out_indices=(2, 3, 4),
        pretrained=True,
    ),
    statistics=dict(before=dict(mean=[127.0] * 3, std=[128.0] * 3)),
)
prior = dict(prior=dict(type="DetectorPrior"))
heeded = dict(detector_dropout=0.3, **prior)


def alone(neck, **encoder):
    """An arm without detector and TGCL: a neck, and other parts of the encoder."""
    return dict(
        model=dict(encoder=dict(neck=neck, **without_detector, **encoder), losses=None),
        custom_hooks=[],
    )


def tgcl(**options):
    """An arm in which TGCL alone is changed."""
    return dict(model=dict(losses=dict(tgcl=options)))


def detector(**options):
    """An arm in which the change detector alone is changed."""
    return dict(model=dict(encoder=dict(change_detector=options)))


def neck(**options):
    """An arm in which the neck alone is changed."""
    return dict(model=dict(encoder=dict(neck=options)))


arms = dict(
    # The autoregressive baseline: last scale, after - before.
    ar=dict(
        model=dict(
            encoder=dict(
                neck=dict(_delete_=True, type="SubtractionNeck", out_channels=256),
                **without_detector,
            ),
            losses=None,
        ),
        custom_hooks=[],
    ),
    # Is it JFM, or that it sees finer maps? Stride 8 in the place of 32.
    ar_stride8=alone(
        dict(_delete_=True, type="SubtractionNeck", out_channels=256),
        backbone=dict(out_indices=(1,)),
    ),
    jfm_one_scale=alone(dict(), backbone=dict(out_indices=(1,))),
    # All scales without a comparison; 0.5 % more parameters than JFM's in the study's own base.
    concat=alone(
        dict(
            _delete_=True,
            type="ConcatenationNeck",
            channels=64,
            hidden=392,
            out_channels=256,
            num_heads=4,
        )
    ),
    jfm_simple=alone(dict(difference=dict(type="SimpleDifference", operation="sub"))),
    jfm=dict(model=dict(encoder=without_detector, losses=None), custom_hooks=[]),
    jfm_cd=without_tgcl,
    jfm_tgcl=dict(model=dict(encoder=without_detector)),
    full=dict(),
    # What the text says, or only that there is a second loss?
    placebo=tgcl(placebo=True),
    # Words and word pairs in place of a sentence encoder.
    ngrams=tgcl(
        text_encoder=dict(_delete_=True, type="HashedNgramEncoder"),
        gate=dict(theta=0.796, kappa=0.0209),
    ),
    # What the detector concluded, and how much it is relied upon.
    jfm_cd_prior=dict(model=dict(encoder=dict(neck=prior), losses=None), custom_hooks=[]),
    jfm_cd_prior_dropout=dict(model=dict(encoder=dict(neck=heeded), losses=None), custom_hooks=[]),
    # Guidance of what the head reads, by what embeddings hardly distinguish.
    pooled_token=neck(pooled_token=True),
    unchanged_outside=tgcl(unchanged="outside"),
    counterfactuals=tgcl(counterfactuals=5),
    all_new=dict(
        model=dict(
            encoder=dict(neck=dict(pooled_token=True, **heeded)),
            losses=dict(tgcl=dict(unchanged="outside", counterfactuals=5)),
        )
    ),
    all_new_placebo=dict(
        model=dict(
            encoder=dict(neck=dict(pooled_token=True, **heeded)),
            losses=dict(tgcl=dict(unchanged="outside", counterfactuals=5, placebo=True)),
        )
    ),
    # Both must train the captioner alike, bit for bit.
    stop_gradient=tgcl(stop_gradient=True),
    weight_0=tgcl(loss_weight=0.0),
    # What "gated" buys.
    gate_none=tgcl(gate=dict(_delete_=True, type="ClosedGate")),
    gate_hard=tgcl(gate=dict(_delete_=True, type="HardPairGate")),
    gate_uncalibrated=tgcl(gate=dict(theta=0.85, kappa=0.05)),
    gate_attraction=tgcl(gate=dict(_delete_=True, type="HardPairGate", attraction=1.0)),
    gate_softlabel=tgcl(
        gate=dict(_delete_=True, type="ClosedGate"), objective=dict(type="SoftLabelObjective")
    ),
    gate_soft_ce=tgcl(gate=dict(_delete_=True, type="SoftTargetGate", temperature=0.1)),
    # One sentence of each pair as positive, not all of them.
    one_reference=tgcl(references=1),
    gate_sigmoid=tgcl(
        gate=dict(_delete_=True, type="BandGate"), objective=dict(type="SigmoidObjective")
    ),
    gate_text_bank=tgcl(text_bank=1024),
    gate_feature=tgcl(similarity=dict(type="FeatureGatedSimilarity")),
    gate_token=tgcl(similarity=dict(type="TokenSimilarity")),
    # Weight and temperature.
    weight_0p01=tgcl(loss_weight=0.01),
    weight_0p03=tgcl(loss_weight=0.03),
    weight_0p3=tgcl(loss_weight=0.3),
    weight_1=tgcl(loss_weight=1.0),
    temperature_0p01=tgcl(temperature=0.01, temperature_range=(0.01, 0.01)),
    temperature_0p05=tgcl(temperature=0.05, temperature_range=(0.05, 0.05)),
    temperature_0p07=tgcl(temperature=0.07, temperature_range=(0.07, 0.07)),
    # Where it takes hold, and when.
    tap_encoder=tgcl(tap="encoder"),
    tap_memory=tgcl(tap="memory_mean"),
    contrastive_first=dict(
        custom_hooks=[
            dict(type="TextEmbeddingHook"),
            dict(type="LossScheduleHook", loss="tgcl", alone_epochs=1),
        ]
    ),
    # Who weighs the terms. The last three mistake a warm-up for a term that gets worse.
    balance_cap=dict(model=dict(loss_balance=dict(type="CapBalance"))),
    balance_norm=dict(model=dict(loss_balance=dict(type="NormBalance"))),
    balance_dwa=dict(model=dict(loss_balance=dict(type="DWABalance")), **no_warmup),
    balance_gradnorm=dict(model=dict(loss_balance=dict(type="GradNormBalance")), **no_warmup),
    balance_uncertainty=dict(model=dict(loss_balance=dict(type="UncertaintyBalance")), **no_warmup),
    # What a detector adds to an encoder that has none of its weights.
    scratch=dict(
        model=dict(encoder=dict(backbone=from_scratch, **without_detector), losses=None),
        custom_hooks=[],
    ),
    scratch_cd=dict(model=dict(encoder=dict(backbone=from_scratch), losses=None), custom_hooks=[]),
    lite0=alone(dict(), **lite0),
    lite0_cd=dict(model=dict(encoder=lite0, losses=None), custom_hooks=[]),
    # Knowledge or capacity? The encoder starts from the same weights in all of them.
    cd_random=detector(source_dataset=None, checkpoint=None),
    cd_zeros=detector(type="ZeroedChangeDetector", source_dataset=None, checkpoint=None),
    # What saves time: with --base four_scales_synthcc-tiny.py, whose finest maps are 32 x 32.
    mixing_full=neck(mixing_size=None),
    mixing_8=neck(mixing_size=8),
    # As many sentences a step, each with an encoding of its own, as published code does.
    one_sentence=dict(train_dataloader=dict(batch_size=80, dataset=dict(caption_mode="sentence"))),
    # For bases on MiT-b1 alone: there are no such weights of a half-width ResNet-18.
    cd_imagenet=detector(
        source_dataset=None, checkpoint=None, backbone=dict(init_cfg=imagenet_mit_b1)
    ),
)

groups = dict(
    core=("ar", "jfm", "jfm_cd", "jfm_tgcl", "full", "placebo"),
    controls=("ar_stride8", "jfm_one_scale", "concat", "jfm_simple"),
    prior=("jfm_cd_prior", "jfm_cd_prior_dropout"),
    guidance=("pooled_token", "unchanged_outside", "counterfactuals"),
    new=("all_new", "all_new_placebo"),
    texts=("ngrams",),
    sanity=("stop_gradient", "weight_0"),
    gates=tuple(name for name in arms if name.startswith("gate_")),
    weights=tuple(name for name in arms if name.startswith(("weight_", "temperature_"))),
    taps=("tap_encoder", "tap_memory", "contrastive_first"),
    detector=("cd_random", "cd_zeros"),
    imagenet=("cd_imagenet",),
    cost=("mixing_full", "mixing_8", "one_sentence"),
    scratch=("scratch", "scratch_cd"),
    encoder=("lite0", "lite0_cd"),
    balance=tuple(name for name in arms if name.startswith("balance_")),
)
comparisons = (
    ("jfm", "ar"),
    ("jfm_cd", "jfm"),
    ("jfm_tgcl", "jfm"),
    ("full", "jfm_cd"),
    ("full", "ar"),
    ("placebo", "jfm_cd"),
    ("full", "placebo"),
    ("placebo", "ar"),
    *(("jfm", name) for name in groups["controls"]),
    *((name, "jfm_cd") for name in groups["prior"]),
    *((name, "full") for name in groups["guidance"]),
    *((name, "jfm") for name in (*groups["prior"], *groups["new"])),
    ("all_new", "all_new_placebo"),
    ("scratch_cd", "scratch"),
    ("lite0_cd", "lite0"),
    ("stop_gradient", "weight_0"),
    *(
        ("full", name)
        for kind in ("texts", "gates", "weights", "taps", "balance", "detector", "imagenet", "cost")
        for name in groups[kind]
    ),
)
