"""DFM on SynthCC, generated pairs: MiT-b1 at 256 x 256. Not a result on real images."""

_base_ = [
    "../_base_/models/dfm.py",
    "../_base_/datasets/synthcc.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/published_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(init_cfg={{_base_.imagenet}}),
        change_detector=dict(
            source_dataset="SynthCC",
            checkpoint="work_dirs/siamese_mit-b1_synthcc/best_mask_F1_*.pth",
            made_by="python tools/train.py configs/change_detection/siamese_mit-b1_synthcc.py",
        ),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
)
