"""FC-Siam-diff on seven real pairs, in minutes on a CPU."""

_base_ = ["./fc-ef_airchange-mini.py"]

model = dict(type="FCSiamDiff")
