"""DFM on the recovered part of LEVIR-CC, 128 x 128, on two CPU cores.

Frozen EfficientNet-Lite0 and a frozen change detector, whose features are kept for each of the
eight views: neck and head alone are trained.
"""

_base_ = [
    "../_base_/models/dfm.py",
    "../_base_/models/lite0_frozen.py",
    "../_base_/models/siamese_lite0_frozen.py",
    "../_base_/datasets/levir_cc_real_128_views.py",
    "../_base_/schedules/onecycle_24e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone={{_base_.frozen_lite0_scales}},
        statistics={{_base_.lite0_statistics}},
        change_detector={{_base_.siamese_lite0}},
        detector_cache=dict(memory_gib=6),
        neck=dict(
            channels=128,
            out_channels=256,
            num_heads=8,
            dropout=0.2,
            prior=dict(type="DetectorPrior"),
            # The detector is surer of the tiles whose masks it learned than of others.
            detector_dropout=0.3,
            pooled_token=True,
        ),
    ),
    speaker=dict(
        head=dict(dims=256, num_heads=8, num_layers=2, dropout=0.3),
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=2),
    ),
    losses=dict(
        tgcl=dict(
            unchanged="outside",
            counterfactuals=5,
            # mmrsicc calibrate-gate on this data set.
            gate=dict(theta=0.788, kappa=0.0207),
        )
    ),
)

default_hooks = dict(checkpoint=dict(save_best="Sm", rule="greater"))
