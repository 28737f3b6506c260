"""DSCN (Zhan et al. 2017) on seven real pairs, in minutes on a CPU.

The paper trains on SZTAKI AirChange, in crops of 112 x 112 pixels, with Adam, and weighs both
classes; here changed pixels weigh five times as much.
"""

_base_ = ["./fc-ef_airchange-mini.py"]

model = dict(type="DSCN", class_weights=(1.0, 5.0))
