"""FC-Siam-diff (Daudt et al. 2018) on red, green and blue of OSCD's 13 bands: the twin of those.

Same files, crops, schedule and network as fc-siam-diff_oscd-13bands.py, but for the first layer, so
that the two tell what the other ten bands add. Its statistics are round stand-ins, too.
"""

_base_ = ["./fc-siam-diff_oscd-13bands.py"]

rgb = (4, 3, 2)
loading = dict(
    type="LoadBands",
    before_bands=rgb,
    after_bands=rgb,
    binary_mask=True,
    resize_mismatched=True,
)
packing = dict(type="PackChangeInputs")
train_pipeline = [
    loading,
    dict(type="RandomCropPair", crop_size=(256, 256)),
    dict(type="RandomOrientation"),
    packing,
]
test_pipeline = [loading, packing]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

statistics = dict(before=dict(mean=[1500.0] * 3, std=[1000.0] * 3))
model = dict(statistics=statistics)
