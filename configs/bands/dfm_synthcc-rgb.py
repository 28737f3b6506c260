"""DFM without a change detector on SynthCC in colours, the control of the next two.

configs/bands/dfm_synthcc-sentinel2.py and dfm_synthcc-sar-optical.py see the same scenes otherwise.
"""

_base_ = [
    "../_base_/models/dfm_bands.py",
    "../_base_/datasets/synthcc_tiny.py",
    "../_base_/schedules/onecycle_10e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    speaker=dict(tokenizer=dict(ann_file={{_base_.ann_file}})),
)

default_hooks = dict(logger=dict(interval=20))
