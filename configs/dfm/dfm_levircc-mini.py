"""DFM on forty real LEVIR-CC pairs: shows that the whole path works, never a benchmark.

Small enough for two CPU cores, and needs no network: MiT-b0 from scratch, half-width JFM, the
sentence encoder that comes with the installation.
"""

_base_ = ["./dfm_levircc.py"]

data_root = "{{$MMRSICC_DATA:../shared/data}}/levir_cc_mini"
train_dataloader = dict(
    batch_size=11,
    num_workers=1,
    dataset=dict(data_root=data_root, caption_mode="random"),
)
val_dataloader = dict(batch_size=16, num_workers=1, dataset=dict(data_root=data_root))
test_dataloader = dict(batch_size=16, num_workers=1, dataset=dict(data_root=data_root))

model = dict(
    backbone=dict(embed_dims=32, drop_path_rate=0.0, init_cfg=None),
    change_detector=dict(
        source_dataset="SZTAKI AirChange + OSCD",
        backbone=dict(embed_dims=32),
        channels=64,
        checkpoint="work_dirs/siamese_mit-b0_airchange-mini/iter_*.pth",
        made_by="python tools/train.py configs/change_detection/siamese_mit-b0_airchange-mini.py",
    ),
    neck=dict(channels=128),
    # So few sentences that no word is rare.
    tokenizer=dict(ann_file=f"{data_root}/LevirCCcaptions.json", min_count=1),
    auxiliary_losses=dict(
        tgcl=dict(text_encoder=dict(model="sentence-transformers/all-MiniLM-L6-v2", embed_dims=384))
    ),
)

optim_wrapper = dict(optimizer=dict(lr=3e-4))
train_cfg = dict(max_epochs=150, val_interval=10)
default_hooks = dict(logger=dict(interval=2))
