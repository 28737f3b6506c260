"""Siamese change detector on RSMamba (Chen et al. 2024), whose patches see both dates alike.

The authors' weights for scene classification are loaded by
``model.backbone.init_cfg=dict(type="Pretrained", checkpoint=...)``; they have positions for images
of 224 pixels, which are interpolated for others. RSMamba has one map, at stride 8, so the mask is
decoded from that one.
"""

_base_ = ["./siamese_mit-b1_sysu.py"]

model = dict(backbone=dict(_delete_=True, type="RSMamba", arch="base", img_size=224))
