"""Siamese change detector on SynthCC's masks, for configs/dfm/dfm_synthcc.py."""

_base_ = ["./siamese_mit-b1_sysu.py"]

source_dataset = "SynthCC"
data_root = "data/SynthCC/images"
# All kinds of change are one.
values = (128, 144, 160, 176, 192, 208, 255)
folders = dict(
    source_dataset=source_dataset,
    before_dir="A",
    after_dir="B",
    metainfo=dict(mask_classes=dict.fromkeys(values, "changed")),
)
train_dataloader = dict(dataset=dict(data_root=f"{data_root}/train", **folders))
val_dataloader = dict(dataset=dict(data_root=f"{data_root}/val", **folders))
test_dataloader = dict(dataset=dict(data_root=f"{data_root}/test", **folders))

model = dict(source_dataset=source_dataset)
