"""The change detector of the ablation on SynthCC-tiny: three scales, without the finest."""

_base_ = ["../../change_detection/siamese_resnet18_synthcc-tiny.py"]

model = dict(backbone=dict(out_indices=(1, 2, 3)))
