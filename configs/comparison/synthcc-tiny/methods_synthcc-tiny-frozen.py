"""The comparison on recovered pairs of LEVIR-CC, on generated pairs: do both rank methods alike?

    python tools/analysis_tools/compare_methods.py \
        configs/comparison/synthcc-tiny/methods_synthcc-tiny-frozen.py --jobs 2

The same networks, optimizer, schedule and batches, 700 steps for 576. Four times as many pairs take
the place of the eight views: each image passes the frozen backbone once.
"""

_base_ = ["../levircc-real-128/methods_levircc-real-128.py"]

configs = {"HiSem": "hisem_frozen_4e.py", "DFM": "dfm_frozen.py"}

data_root = "data/SynthCC-tiny"
place = dict(type="SynthCCDataset", data_root=data_root, mask_dir=None)
loaded = dict(
    type="KeptPair",
    transforms=[dict(type="LoadPair"), dict(type="ResizePair", scale=(128, 128))],
)
budget = dict(
    model=dict(
        speaker=dict(tokenizer=dict(ann_file=f"{data_root}/LevirCCcaptions.json", min_count=1))
    ),
    train_dataloader=dict(
        drop_last=True,
        dataset=dict(pipeline=[loaded, dict(type="PackChangeInputs")], **place),
    ),
    val_dataloader=dict(dataset=place),
    test_dataloader=dict(dataset=place),
    test_evaluator=[
        dict(type="ChangeCaptionMetric"),
        dict(type="SynthTruthMetric", events=f"{data_root}/events"),
    ],
    param_scheduler=[
        dict(type="OneCycleLR", eta_max=1e-3, total_steps=4, convert_to_iter_based=True)
    ],
    train_cfg=dict(max_epochs=4, val_interval=4),
)
# The file of a comparison has no names of its own.
del data_root, place, loaded
