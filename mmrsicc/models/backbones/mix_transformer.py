"""ChangeFormer's variant of SegFormer's encoder."""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmrsicc.models.layers.attention import multi_head_attention
from mmrsicc.models.layers.convolution import DropPath
from mmrsicc.models.layers.initialise import init_transformer
from mmrsicc.registry import MODELS


class MixTransformerLayer(nn.Module):
    """Attention with reduced keys and values, then Mix-FFN (Xie et al. 2021), both pre-norm.

    Args:
        dims: Channels C.
        num_heads: Number of attention heads.
        reduction: Keys and values are those of a map smaller by this factor on each side.
        dropout: Dropout of attention weights and of the output of both branches.
        drop_path: How often a branch is left out.
    """

    def __init__(
        self, dims: int, num_heads: int, reduction: int, dropout: float, drop_path: float
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dims, eps=1e-6)
        self.attention = _ReducedAttention(dims, num_heads, reduction, dropout)
        self.ffn_norm = nn.LayerNorm(dims, eps=1e-6)
        self.ffn = _MixFFN(dims, dropout)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, H, W, C)."""
        x = x + self.drop_path(self.attention(self.attention_norm(x)))
        return x + self.drop_path(self.ffn(self.ffn_norm(x)))


class _ReducedAttention(nn.Module):
    def __init__(self, dims: int, num_heads: int, reduction: int, dropout: float) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.weight_dropout = dropout
        self.query = nn.Linear(dims, dims)
        self.key_value = nn.Linear(dims, 2 * dims)
        self.output = nn.Linear(dims, dims)
        self.dropout = nn.Dropout(dropout)
        self.reduce: nn.Module | None = None
        if reduction > 1:
            self.reduce = nn.Conv2d(dims, dims, reduction, stride=reduction)
            self.reduce_norm = nn.LayerNorm(dims)

    def forward(self, x: Tensor) -> Tensor:
        size, memory = x.shape[1:3], x
        if self.reduce is not None:
            memory = self.reduce_norm(self.reduce(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))
        keys, values = self.key_value(memory.flatten(1, 2)).chunk(2, dim=2)
        rate = self.weight_dropout if self.training else 0.0
        queries = self.query(x.flatten(1, 2))
        attended = multi_head_attention(queries, keys, values, self.num_heads, rate)
        return self.dropout(self.output(attended.unflatten(1, size)))


class _MixFFN(nn.Module):
    def __init__(self, dims: int, dropout: float) -> None:
        super().__init__()
        self.widen = nn.Linear(dims, 4 * dims)
        self.mix = nn.Conv2d(4 * dims, 4 * dims, 3, padding=1, groups=4 * dims)
        self.narrow = nn.Linear(4 * dims, dims)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.mix(self.widen(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.dropout(self.narrow(self.dropout(F.gelu(x))))


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
        in_channels: Channels of the images.
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
        in_channels: int = 3,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        rates = iter(torch.linspace(0, drop_path_rate, sum(depths)).tolist())
        self.patches, self.patch_norms = nn.ModuleList(), nn.ModuleList()
        self.stages, self.norms = nn.ModuleList(), nn.ModuleList()
        for k, (narrow, wide) in enumerate(pairwise((in_channels, *channels))):
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
        """From images (N, in_channels, H, W) to four maps (N, C_k, H_k, W_k), finest first."""
        maps = []
        parts = zip(self.patches, self.patch_norms, self.stages, self.norms, strict=True)
        for patches, patch_norm, stage, norm in parts:
            places = patch_norm(patches(x).permute(0, 2, 3, 1))
            x = norm(stage(places)).permute(0, 3, 1, 2)
            maps.append(x)
        return tuple(maps)
