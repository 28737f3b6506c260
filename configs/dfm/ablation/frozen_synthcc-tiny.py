"""Full DFM on generated pairs, on frozen features: arms of minutes on a CPU.

2,800 training pairs of SynthCC-tiny in one view, four epochs, 348 steps, four scales, as the
quick start's detector has.
"""

_base_ = [
    "../../_base_/datasets/synthcc_tiny.py",
    "../../_base_/schedules/onecycle_10e.py",
    "../../_base_/default_runtime.py",
    "../../_base_/models/dfm_frozen.py",
]

model = dict(
    encoder=dict(
        backbone=dict(backbone=dict(out_indices=(1, 2, 3, 4))),
        change_detector=dict(
            source_dataset="SynthCC",
            backbone=dict(
                _delete_=True,
                type="mmpretrain.ResNet",
                depth=18,
                stem_channels=32,
                base_channels=32,
                out_indices=(0, 1, 2, 3),
            ),
            channels=64,
            checkpoint="work_dirs/siamese_resnet18_synthcc-tiny/iter_400.pth",
            made_by="mmrsicc train configs/change_detection/siamese_resnet18_synthcc-tiny.py",
        ),
    ),
    speaker=dict(tokenizer=dict(ann_file={{_base_.ann_file}})),
    # mmrsicc calibrate-gate on this data set.
    losses=dict(tgcl=dict(gate=dict(theta=0.906, kappa=0.012))),
)

loaded = dict(
    type="KeptPair",
    transforms=[dict(type="LoadPair"), dict(type="ResizePair", scale={{_base_.size}})],
)
here = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(
    dataset=dict(pipeline=[loaded, dict(type="PackChangeInputs")], no_change_policy="collapse"),
    **here,
)
val_dataloader = here
test_dataloader = here
test_evaluator = [
    dict(type="ChangeCaptionMetric"),
    dict(type="ContentMetric"),
    dict(type="SynthTruthMetric", events="data/SynthCC-tiny/events"),
]

# A part that no loss reaches must not act through the norm of all gradients. bfloat16 halves the
# time on CPUs that have its instructions.
optim_wrapper = dict(type="BFloat16OptimWrapper", clip_grad=None)
# Runs are not selected: the last epoch counts.
param_scheduler = [dict(type="OneCycleLR", eta_max=1e-3, total_steps=4, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=4, val_interval=4)
