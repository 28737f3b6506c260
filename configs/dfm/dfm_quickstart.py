"""What tools/quickstart.sh trains: DFM of its base, with a change detector trained in a minute."""

_base_ = ["./dfm_synthcc-tiny.py"]

detector_weights = "work_dirs/siamese_resnet18_quickstart/iter_250.pth"
model = dict(
    encoder=dict(
        backbone=dict(init_cfg=dict(checkpoint=detector_weights)),
        change_detector=dict(
            checkpoint=detector_weights,
            made_by="python tools/train.py configs/change_detection/siamese_resnet18_quickstart.py",
        ),
    ),
)

# Nothing is selected on val.
val_dataloader = None
val_evaluator = None
val_cfg = None
