"""A small ChangeMamba on seven real pairs, in minutes on a CPU.

On the small crops of FC-EF's: without the fused scan, time grows with the number of places.
"""

_base_ = ["./fc-ef_airchange-mini.py"]

model = dict(
    _delete_=True,
    type="ChangeMamba",
    source_dataset={{_base_.source_dataset}},
    backbone=dict(type="VMamba", channels=32, depths=(1, 1, 1, 1), ratio=1.0, drop_path_rate=0.0),
    channels=32,
    ratio=1.0,
    drop_path=0.0,
)
