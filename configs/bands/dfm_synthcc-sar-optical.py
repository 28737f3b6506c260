"""DFM without a change detector on SynthCC with SAR before and ten bands after.

configs/bands/dfm_synthcc-rgb.py sees the same scenes in colours.
"""

_base_ = [
    "../_base_/models/dfm_bands.py",
    "../_base_/datasets/synthcc_sar_optical.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        statistics={{_base_.statistics}},
        stems=[dict(type="BandStem", out_channels=10), dict(type="BandStem", out_channels=10)],
        backbone=dict(in_channels=10),
    ),
    speaker=dict(tokenizer=dict(ann_file={{_base_.ann_file}})),
)

default_hooks = dict(logger=dict(interval=20))
