"""The recovered part of LEVIR-CC for training on few pairs: eight views, one no-change sentence.

Flips and turns rewrite the direction words. An unchanged pair has one sentence in place of five,
which is worth about 3.5 S*m: say which policy a score was made with.
"""

_base_ = ["./levir_cc_real_128.py"]

loaded = dict(
    type="KeptPair",
    transforms=[dict(type="LoadPair"), dict(type="ResizePair", scale=(128, 128))],
)
train_pipeline = [loaded, dict(type="RandomOrientation"), dict(type="PackChangeInputs")]
train_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(pipeline=train_pipeline, no_change_policy="collapse"),
)
val_dataloader = dict(num_workers=0, persistent_workers=False)
test_dataloader = dict(num_workers=0, persistent_workers=False)
