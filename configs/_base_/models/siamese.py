"""Native Siamese change detector on MiT-b1."""

_base_ = ["./mit-b1.py"]

model = dict(type="SiameseChangeDetector", backbone={{_base_.backbone}})
