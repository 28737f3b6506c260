"""A small change detector from eleven real pairs (LEVIR-CD, SZTAKI AirChange, OSCD), on a CPU.

From scratch for a fixed number of iterations; nothing is selected. Images are cut into tiles while
they are read, so that a large one counts for more than a small one; the test looks at them through
a window of the size of the crops. What counts as changed has a direction here (new buildings, fresh
plough-land), hence a difference that keeps it.
"""

_base_ = ["./siamese_resnet18_synthcc-tiny.py"]

data_root = "{{$MMRSICC_DATA:../shared/data}}/change_detection"
source_dataset = "LEVIR-CD + SZTAKI AirChange + OSCD"
folders = dict(
    source_dataset=source_dataset,
    before_dir="A",
    after_dir="B",
    metainfo=dict(_delete_=True, mask_classes={255: "changed"}),
)
size = 192

train_pipeline = [
    dict(type="LoadTile", binary_mask=True),
    dict(type="RandomCropPair", crop_size=(size, size)),
    dict(type="RandomShift"),
    dict(type="RandomOrientation"),
    dict(type="PhotometricDistortion"),
    dict(type="PackChangeInputs"),
]
test_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(
    batch_size=8,
    dataset=dict(
        data_root=[
            f"{data_root}/{name}/train" for name in ("levir_cd", "sztaki_airchange", "oscd")
        ],
        tile_size=256,
        tile_overlap=64,
        pipeline=train_pipeline,
        **folders,
    ),
)
test_dataloader = dict(
    batch_size=1,
    dataset=dict(data_root=f"{data_root}/sztaki_airchange/test", pipeline=test_pipeline, **folders),
)

model = dict(
    source_dataset=source_dataset,
    difference=dict(type="PairDifference"),
    sliding_window=dict(size=size, stride=size // 2),
)

max_iters = 1500
param_scheduler = [dict(type="OneCycleLR", eta_max=2e-3, total_steps=max_iters, by_epoch=False)]
train_cfg = dict(max_iters=max_iters)
auto_scale_lr = dict(base_batch_size=8)
