"""Half-width ResNet-18, started from the change detector's own on SynthCC.

For configs whose backbone is a ResNet: their other options stay. There are no other weights of it
to be had, so every captioner of the tiny configs starts from these.
"""

resnet18_half = dict(
    depth=18,
    stem_channels=32,
    base_channels=32,
    # Later stages alone learn, which saves time.
    frozen_stages=2,
    init_cfg=dict(
        type="Pretrained",
        checkpoint="work_dirs/siamese_resnet18_synthcc-tiny/iter_400.pth",
        prefix="backbone.",
    ),
)
