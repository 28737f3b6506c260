"""DFM, with as much of its backbone frozen as the others have."""

_base_ = ["../../dfm/dfm_synthcc-tiny.py"]

model = dict(encoder=dict(backbone=dict(frozen_stages=2)))
