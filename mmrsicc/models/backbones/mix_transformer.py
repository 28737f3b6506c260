"""ChangeFormer's variant of SegFormer's encoder."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmrsicc.models.layers.initialise import init_transformer
from mmrsicc.models.layers.mix_transformer_layer import MixTransformerLayer
from mmrsicc.registry import MODELS

#: Strides of the four patch embeddings.
STRIDES = (4, 2, 2, 2)
#: By how much each stage's keys and values are reduced.
REDUCTIONS = (8, 4, 2, 1)


@MODELS.register_module()
class MixTransformer(BaseModule):
    """Mix Transformer with free heads, widths and patches; by default ChangeFormer's (V6).

    SegFormer's (Xie et al. 2021) is ``mmseg.MixVisionTransformer``. ChangeFormer (Bandara and Patel
    2022) has other depths, 7 x 7 patches at all stages, and 4 heads of 80 channels at the third,
    which cannot be said there.

    Args:
        channels: Channels of the four stages, at strides 4, 8, 16 and 32.
        depths: Layers of each stage.
        num_heads: Attention heads of each stage.
        patch_sizes: Side of the overlapping patches that each stage starts from.
        dropout: Dropout rate.
        drop_path_rate: How often the last layer's branches are left out; rises from 0.
        init_cfg: See MMEngine's ``BaseModule``.
    """

    def __init__(
        self,
        channels: Sequence[int] = (64, 128, 320, 512),
        depths: Sequence[int] = (3, 3, 4, 3),
        num_heads: Sequence[int] = (1, 2, 4, 8),
        patch_sizes: Sequence[int] = (7, 7, 7, 7),
        dropout: float = 0.1,
        drop_path_rate: float = 0.1,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        rates = iter(torch.linspace(0, drop_path_rate, sum(depths)).tolist())
        self.patches, self.patch_norms = nn.ModuleList(), nn.ModuleList()
        self.stages, self.norms = nn.ModuleList(), nn.ModuleList()
        for k, (narrow, wide) in enumerate(pairwise((3, *channels))):
            size = patch_sizes[k]
            self.patches.append(nn.Conv2d(narrow, wide, size, STRIDES[k], padding=size // 2))
            self.patch_norms.append(nn.LayerNorm(wide))
            layers = [
                MixTransformerLayer(wide, num_heads[k], REDUCTIONS[k], dropout, next(rates))
                for _ in range(depths[k])
            ]
            self.stages.append(nn.Sequential(*layers))
            self.norms.append(nn.LayerNorm(wide, eps=1e-6))
        self.apply(init_transformer)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """From images (N, 3, H, W) to four maps (N, C_k, H_k, W_k), finest first."""
        maps = []
        parts = zip(self.patches, self.patch_norms, self.stages, self.norms, strict=True)
        for patches, patch_norm, stage, norm in parts:
            places = patch_norm(patches(x).permute(0, 2, 3, 1))
            x = norm(stage(places)).permute(0, 3, 1, 2)
            maps.append(x)
        return tuple(maps)
