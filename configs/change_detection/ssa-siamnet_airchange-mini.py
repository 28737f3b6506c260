"""A network after SSA-SiamNet (Wang et al. 2021) on seven real pairs, to show that it runs.

It is made for hyperspectral images, whose bands `LoadBands` reads and `statistics` names.
"""

_base_ = ["./fc-ef_airchange-mini.py"]

model = dict(type="SSASiamNet", class_weights=(1.0, 5.0))
