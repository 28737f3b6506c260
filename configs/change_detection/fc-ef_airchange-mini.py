"""FC-EF on seven real pairs, in minutes on a CPU.

On small crops, as its authors train: time grows with the number of places, and all convolutions of
the first stage are at full size.
"""

_base_ = ["./siamese_mit-b0_airchange-mini.py"]

model = dict(_delete_=True, type="FCEF", source_dataset={{_base_.source_dataset}})

train_pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="RandomCropPair", crop_size=(128, 128)),
    dict(type="RandomOrientation"),
    dict(type="PhotometricDistortion"),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
