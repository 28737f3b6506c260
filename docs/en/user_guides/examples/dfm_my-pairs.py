"""DFM on pairs of your own, small enough for a CPU."""

_base_ = ["../../../../configs/dfm/dfm_levircc-mini.py"]

data_root = "data/my-pairs"

train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))
model = dict(
    encoder=dict(
        change_detector=None,
    ),
    speaker=dict(
        tokenizer=dict(ann_file=f"{data_root}/LevirCCcaptions.json"),
    ),
)

# Keep the checkpoint that does best on the validation split.
default_hooks = dict(checkpoint=dict(interval=10, save_best="Sm", rule="greater"))
