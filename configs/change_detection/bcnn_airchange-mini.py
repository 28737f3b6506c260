"""A network after the bilinear CNN of Lin et al. (2019) on seven real pairs, to show that it runs.

It is made for multi-band images, also of two sensors, whose bands `LoadBands` reads and
`statistics` names.
"""

_base_ = ["./fc-ef_airchange-mini.py"]

model = dict(type="BCNN")
