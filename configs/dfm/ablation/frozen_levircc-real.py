"""Full DFM on the recovered part of LEVIR-CC, on frozen features: arms of minutes on a CPU.

762 training pairs in eight views, 16 epochs, 368 steps. The detector knows building masks of
training tiles.
"""

_base_ = [
    "../../_base_/datasets/levir_cc_real_128_views.py",
    "../../_base_/schedules/onecycle_10e.py",
    "../../_base_/default_runtime.py",
    "../../_base_/models/dfm_frozen.py",
]

model = dict(
    encoder=dict(
        change_detector=dict(
            source_dataset="LEVIR-CC, recovered part: building masks of training tiles",
            backbone=dict(
                _delete_=True, type="EfficientNetLite", arch="lite0", out_indices=(1, 2, 3)
            ),
            channels=64,
            difference=dict(type="PairDifference"),
            statistics={{_base_.lite_statistics}},
            checkpoint="work_dirs/siamese_lite0_levir-cc-real-128/best_mask_F1_*.pth",
            made_by="mmrsicc train configs/change_detection/siamese_lite0_levir-cc-real-128.py",
        ),
    ),
    speaker=dict(tokenizer=dict(ann_file={{_base_.ann_file}})),
    # mmrsicc calibrate-gate on this data set.
    losses=dict(tgcl=dict(gate=dict(theta=0.788, kappa=0.0207))),
)

train_dataloader = dict(drop_last=True)
test_evaluator = [dict(type="ChangeCaptionMetric"), dict(type="ContentMetric")]

# A part that no loss reaches must not act through the norm of all gradients. bfloat16 halves the
# time on CPUs that have its instructions.
optim_wrapper = dict(type="BFloat16OptimWrapper", clip_grad=None)
# Runs are not selected: the last epoch counts.
param_scheduler = [
    dict(type="OneCycleLR", eta_max=1e-3, total_steps=16, convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=16, val_interval=16)
