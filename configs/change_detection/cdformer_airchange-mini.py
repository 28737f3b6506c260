"""CDFormer (Ding et al. 2022) on seven real pairs, to show that it runs.

It is made for hyperspectral images, whose bands `LoadBands` reads and `statistics` names. Crops are
small: each pixel has a forward of 99 tokens of its own.
"""

_base_ = ["./fc-ef_airchange-mini.py"]

model = dict(type="CDFormer")

train_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="RandomCropPair", crop_size=(32, 32)),
    dict(type="RandomOrientation"),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=1e-4))
auto_scale_lr = dict(base_batch_size=4)
