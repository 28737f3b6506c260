"""Pix4Cap (Liu et al. 2024): MCI that learns masks from a change detector's in place of labels."""

_base_ = ["./mci.py"]

model = dict(
    encoder=dict(
        change_detector=dict(type="SiameseChangeDetector", backbone={{_base_.backbone}}),
        # In training alone.
        transfer_to="losses",
        neck=dict(masks=True),
        mask_head=dict(type="MaskHead", target="detector", channels=64, transposed=True),
    ),
)
