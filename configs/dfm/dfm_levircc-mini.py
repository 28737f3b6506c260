"""DFM on forty real LEVIR-CC pairs: shows that the whole path works, never a benchmark.

Small enough for two CPU cores, and needs no network: MiT-b0 from scratch, half-width JFM, the
sentence encoder that comes with the installation.
"""

_base_ = [
    "../_base_/models/dfm.py",
    "../_base_/datasets/levir_cc_mini.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(embed_dims=32, drop_path_rate=0.0),
        change_detector=dict(
            source_dataset="SZTAKI AirChange + OSCD",
            backbone=dict(embed_dims=32),
            channels=64,
            checkpoint="work_dirs/siamese_mit-b0_airchange-mini/iter_300.pth",
            made_by="python tools/train.py "
            "configs/change_detection/siamese_mit-b0_airchange-mini.py",
        ),
        neck=dict(channels=128),
    ),
    speaker=dict(
        # So few sentences that no word is rare.
        tokenizer=dict(ann_file={{_base_.ann_file}}, min_count=1),
    ),
)

optim_wrapper = dict(optimizer=dict(lr=3e-4))
auto_scale_lr = dict(base_batch_size=11)
# A falling rate lets the last epochs settle, with another caption drawn in each.
param_scheduler = [
    dict(type="CosineAnnealingLR", eta_min=1e-6, begin=75, end=150, convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=150, val_interval=10)
# The last epoch is what shows that it memorises; five pairs select nothing.
default_hooks = dict(logger=dict(interval=2), checkpoint=dict(interval=10))
