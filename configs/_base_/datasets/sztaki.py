"""SZTAKI AirChange (Benedek and Sziranyi 2009): aerial pairs of 952 x 640 pixels, from decades.

As its authors publish it. Szada/1 and Tiszadob/3 are the usual test pairs; papers test on the
784 x 448 pixels at their upper left and train on the rest of the image too, here it is the whole
image that is tested. There is no validation split.
"""

_base_ = ["./sysu_cd.py"]

places = dict(
    source_dataset="SZTAKI AirChange",
    data_root="data/SZTAKI_AirChange_Benchmark",
    before_dir="{}/im1",
    after_dir="{}/im2",
    mask_dir="{}/gt",
)
szada = [f"Szada/{number}" for number in range(2, 8)]
tiszadob = [f"Tiszadob/{number}" for number in (1, 2, 4, 5)]

train_dataloader = dict(dataset=dict(pairs=szada + tiszadob, **places))
val_dataloader = None
val_evaluator = None
test_dataloader = dict(dataset=dict(pairs=["Szada/1", "Tiszadob/3"], **places))
