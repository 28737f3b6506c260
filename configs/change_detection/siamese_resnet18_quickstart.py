"""The change detector of tools/quickstart.sh: a third of the training of its base.

It serves configs/dfm/dfm_quickstart.py. What that costs DFM:
docs/en/get_started/quick_start.md.
"""

_base_ = ["./siamese_resnet18_synthcc-tiny.py"]

train_dataloader = dict(batch_size=16)
max_iters = 250
auto_scale_lr = dict(base_batch_size=16)
param_scheduler = [dict(type="OneCycleLR", eta_max=2e-3, total_steps=max_iters, by_epoch=False)]
train_cfg = dict(max_iters=max_iters)
default_hooks = dict(checkpoint=dict(interval=50))
