"""DFM with all four scales, for the arms of what saves time: batches of 16 pairs, 80 sentences.

The finest maps are 32 x 32 at 128 pixels: ``mixing_size=16`` halves their sides, 8 quarters them as
16 does at 256 pixels.
"""

_base_ = ["../dfm_synthcc-tiny.py"]

train_dataloader = dict(batch_size=16)
param_scheduler = [dict(type="OneCycleLR", eta_max=1e-3, total_steps=3, convert_to_iter_based=True)]
# Runs are not selected: the last epoch counts.
train_cfg = dict(max_epochs=3, val_interval=3)
