"""FC-Siam-diff (Daudt et al. 2018) on OSCD with all 13 bands of Sentinel-2, as its paper has it.

There are 14 training cities and no others to hold back, so nothing is selected.
"""

_base_ = [
    "../_base_/datasets/oscd_13bands.py",
    "../_base_/schedules/adamw_40e_masks.py",
    "../_base_/default_runtime.py",
]

model = dict(type="FCSiamDiff", source_dataset="OSCD", statistics={{_base_.statistics}})

optim_wrapper = dict(paramwise_cfg=None)  # Nothing in it is pretrained.
val_cfg = None
