"""CDFormer (Ding et al. 2022) on a hyperspectral pair, trained on 3 % of the labelled pixels.

Its authors' recipe: AdamW at 1e-4, about 32 labelled pixels a step, 50 epochs. They also select the
epoch by pixels of the test; here nothing is selected. Nothing is padded, so that each pixel's
neighbours are the image's.
"""

_base_ = ["../_base_/datasets/hyperspectral_pair.py", "../_base_/default_runtime.py"]

model = dict(
    type="CDFormer",
    source_dataset={{_base_.source_dataset}},
    statistics={{_base_.statistics}},
)

optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="AdamW", lr=1e-4))
train_cfg = dict(type="EpochBasedTrainLoop", max_epochs=50)
val_cfg = None
test_cfg = dict(type="TestLoop")
auto_scale_lr = dict(base_batch_size=4)
