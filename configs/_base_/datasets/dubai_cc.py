"""Dubai-CC, tiles of 50 x 50 pixels enlarged to 256 x 256, every caption a training sample."""

_base_ = ["./levir_cc.py"]

dataset_type = "DubaiCCDataset"
data_root = "data/Dubai-CC"
ann_file = f"{data_root}/description_jsontr_te_val"

# Of its own no-change sentences, for recipes that train on one alone.
train_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        no_change_sentence="there is no change to mention",
    )
)
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
