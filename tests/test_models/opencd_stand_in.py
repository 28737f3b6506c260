"""Open-CD as far as ours meets it, for machines without it: names, arguments and layout of keys.

Importing this file puts it in Open-CD's place. It has one purpose: detectors that are run by their
own code, to compare ours with. Backbones and heads come from mmseg, as in Open-CD.
"""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import torch
import torch.nn.functional as F
from mmengine.model import BaseDataPreprocessor, BaseModel, BaseModule
from mmengine.registry import MODELS as ROOT
from mmengine.registry import Registry
from mmseg.models.backbones import MixVisionTransformer
from torch import nn

MODELS = Registry("model", parent=ROOT, scope="opencd")


@MODELS.register_module()
class DualInputSegDataPreProcessor(BaseDataPreprocessor):
    """Takes one pair, BGR before and BGR after on the channel axis."""

    def __init__(
        self,
        mean,
        std,
        bgr_to_rgb=False,
        size_divisor=None,
        pad_val=0,
        seg_pad_val=255,
        test_cfg=None,
    ):
        super().__init__()
        self.channel_conversion, self.pad_val, self.test_cfg = bgr_to_rgb, pad_val, test_cfg
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, data, training=False):
        (image,) = data["inputs"]
        if self.channel_conversion:
            image = image[[2, 1, 0, 5, 4, 3]]
        image = (image.float() - self.mean) / self.std
        missing = [-side % self.test_cfg["size_divisor"] for side in image.shape[-2:]]
        return {"inputs": F.pad(image, (0, missing[1], 0, missing[0]), value=self.pad_val)[None]}


@MODELS.register_module()
class SiamEncoderDecoder(BaseModel):
    def __init__(
        self,
        backbone,
        decode_head,
        neck=None,
        auxiliary_head=None,
        train_cfg=None,
        test_cfg=None,
        data_preprocessor=None,
        pretrained=None,
        init_cfg=None,
        backbone_inchannels=3,
    ):
        super().__init__(data_preprocessor, init_cfg)
        self.backbone = MODELS.build(backbone)
        self.with_neck = neck is not None
        if self.with_neck:
            self.neck = MODELS.build(neck)
        self.decode_head = MODELS.build(decode_head)
        self.test_cfg = test_cfg

    def extract_feat(self, inputs):
        before, after = inputs.split(3, dim=1)
        return self.neck(self.backbone(before), self.backbone(after))

    def encode_decode(self, inputs, batch_img_metas):
        return self.decode_head.predict(self.extract_feat(inputs), batch_img_metas, self.test_cfg)

    def forward(self, inputs, data_samples=None, mode="tensor"):
        return self.decode_head(self.extract_feat(inputs))


@MODELS.register_module()
class DIEncoderDecoder(SiamEncoderDecoder):
    def extract_feat(self, inputs):
        maps = self.backbone(*inputs.split(3, dim=1))
        return self.neck(maps) if self.with_neck else maps


@MODELS.register_module()
class FeatureFusionNeck(BaseModule):
    def __init__(self, policy, out_indices=(0, 1, 2, 3)):
        super().__init__()
        self.fuse = {
            "concat": lambda a, b: torch.cat([a, b], dim=1),
            "diff": lambda a, b: b - a,
            "abs_diff": lambda a, b: (a - b).abs(),
        }[policy]
        self.out_indices = out_indices

    def forward(self, x1, x2):
        return tuple(self.fuse(x1[k], x2[k]) for k in self.out_indices)


@MODELS.register_module()
class ChannelExchange(BaseModule):
    def __init__(self, p=1 / 2):
        super().__init__()
        self.every = int(1 / p)

    def forward(self, x1, x2):
        own = torch.arange(x1.shape[1]).view(-1, 1, 1) % self.every != 0
        return torch.where(own, x1, x2), torch.where(own, x2, x1)


@MODELS.register_module()
class TwoIdentity(BaseModule):
    def forward(self, x1, x2):
        return x1, x2


@MODELS.register_module()
class IA_MixVisionTransformer(MixVisionTransformer):
    """MiT whose dates are mixed after each stage."""

    def __init__(self, interaction_cfg=(None,) * 4, **kwargs):
        super().__init__(**kwargs)
        self.ccs = nn.ModuleList(
            MODELS.build(c or {"type": "opencd.TwoIdentity"}) for c in interaction_cfg
        )

    def forward(self, x1, x2):
        maps = []
        for (embed, blocks, norm), mix in zip(self.layers, self.ccs, strict=True):
            dates = []
            for tokens in (x1, x2):
                tokens, (height, width) = embed(tokens)
                for block in blocks:
                    tokens = block(tokens, (height, width))
                dates.append(norm(tokens).transpose(1, 2).unflatten(2, (height, width)))
            x1, x2 = mix(*dates)
            maps.append(torch.cat([x1, x2], dim=1))
        return maps


@MODELS.register_module()
class TinyNet(BaseModule):
    """A backbone whose maps are of both dates together."""

    def __init__(self, arch="B"):
        super().__init__()
        self.stages = nn.ModuleList([nn.Conv2d(3, 8, 4, 4), nn.Conv2d(8, 16, 2, 2)])

    def forward(self, x1, x2):
        x = self.stages[0](x1 - x2)
        return x, self.stages[1](x)


for name in ("opencd", "opencd.models", "opencd.registry"):
    sys.modules[name] = ModuleType(name)
    # Looked at by whoever asks whether a package is installed.
    sys.modules[name].__spec__ = ModuleSpec(name, None)
sys.modules["opencd.registry"].MODELS = MODELS
