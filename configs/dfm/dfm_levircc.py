"""DFM on LEVIR-CC: MiT-b1 at 256 x 256, change knowledge from SYSU-CD."""

_base_ = [
    "../_base_/models/dfm.py",
    "../_base_/datasets/levir_cc.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/published_runtime.py",
]

model = dict(
    encoder=dict(
        backbone=dict(init_cfg={{_base_.imagenet}}),
        change_detector=dict(
            source_dataset="SYSU-CD",
            checkpoint="work_dirs/siamese_mit-b1_sysu/best_mask_F1_*.pth",
            made_by="python tools/train.py configs/change_detection/siamese_mit-b1_sysu.py",
        ),
    ),
    speaker=dict(
        tokenizer=dict(ann_file={{_base_.ann_file}}),
    ),
    losses=dict(
        tgcl=dict(
            text_encoder=dict(model="sentence-transformers/all-mpnet-base-v2", embed_dims=768)
        )
    ),
)
