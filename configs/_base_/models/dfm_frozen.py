"""Full DFM of the study: on frozen EfficientNet-Lite0, whose maps are kept for all runs.

No arm's encoder has the detector's knowledge, since ImageNet's weights are not trained further. A
base adds data, the detector and the gate's calibration.
"""

_base_ = ["./dfm.py"]

lite0 = dict(type="EfficientNetLite", arch="lite0", out_indices=(1, 2, 3))
lite_statistics = dict(before=dict(mean=[127.0] * 3, std=[128.0] * 3))
# On disk for the other runs of the study.
kept = dict(memory_gib=2.5, folder="work_dirs/frozen_features")
model = dict(
    encoder=dict(
        backbone=dict(
            _delete_=True,
            type="FrozenBackbone",
            backbone=dict(pretrained=True, **lite0),
            cache=kept,
        ),
        detector_cache=kept,
        neck=dict(
            channels=64,
            out_channels=256,
            num_heads=4,
            prior=dict(type="DetectorPrior"),
            detector_dropout=0.3,
            pooled_token=True,
        ),
        statistics=lite_statistics,
    ),
    speaker=dict(head=dict(dims=256, num_heads=4, num_layers=2), tokenizer=dict(min_count=1)),
    losses=dict(tgcl=dict(unchanged="outside", counterfactuals=5)),
)
