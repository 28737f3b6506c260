"""Half-width ResNet-18 up to its third stage, in place of a backbone that is no ResNet.

Started from the change detector's own on SynthCC, as resnet18_half.py is.
"""

resnet18_half = dict(
    _delete_=True,
    type="mmpretrain.ResNet",
    depth=18,
    stem_channels=32,
    base_channels=32,
    num_stages=3,
    strides=(1, 2, 2),
    dilations=(1, 1, 1),
    out_indices=(2,),
    frozen_stages=2,
    init_cfg=dict(
        type="Pretrained",
        checkpoint="work_dirs/siamese_resnet18_synthcc-tiny/iter_400.pth",
        prefix="backbone.",
    ),
)
