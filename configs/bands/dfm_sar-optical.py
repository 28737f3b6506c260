"""DFM's JFM without a change detector: SAR before, optical after, a stem for each."""

_base_ = [
    "../_base_/models/dfm.py",
    "../_base_/datasets/sar_optical.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/published_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(init_cfg={{_base_.imagenet}}),
        change_detector=None,
        statistics={{_base_.statistics}},
        stems=[dict(type="BandStem"), dict(type="BandStem")],
    ),
    speaker=dict(tokenizer=dict(ann_file={{_base_.ann_file}})),
)
