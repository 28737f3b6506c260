"""RSMamba, a backbone whose layers read the patches forwards, backwards and shuffled."""

import math

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

from mmrsicc.models.layers.band_filters import widened
from mmrsicc.models.layers.mamba_mixer import MambaMixer
from mmrsicc.registry import MODELS
from mmrsicc.utils.checkpoint import load_weights

#: Channels, layers and channels of the scans.
ARCHS = {
    "small": (192, 16, 384),
    "base": (192, 24, 384),
    "large": (256, 36, 512),
    "huge": (320, 48, 640),
}


@MODELS.register_module()
class RSMamba(BaseModule):
    """RSMamba (Chen et al. 2024) as one map of its overlapping patches, at stride 8.

    Each layer runs one scan over the patches in three orders, as they are, backwards and shuffled,
    and adds the three by a gate of their means. In training each call shuffles again; the authors'
    code does so in tests, too, while here each layer has one order then, so that outputs repeat.

    Weights are called as in the authors' checkpoints for scene classification, which
    ``init_cfg=dict(type="Pretrained", checkpoint=...)`` loads with every key accounted for, the
    classifier and the norm of the pooled vector left out.

    Args:
        arch: One of :data:`ARCHS`.
        img_size: Side of the images that there are positions for; those of others are interpolated.
        patch_size: Side of a patch.
        stride: Distance of patches.
        in_channels: Channels of the images; filters of three are widened by
            :func:`~mmrsicc.models.layers.band_filters.widened`.
        init_cfg: See MMEngine's ``BaseModule``.

    Raises:
        ValueError: If ``arch`` is not known.
    """

    def __init__(
        self,
        arch: str = "base",
        img_size: int = 224,
        patch_size: int = 16,
        stride: int = 8,
        in_channels: int = 3,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if arch not in ARCHS:
            raise ValueError(f"arch={arch!r}: choose one of {', '.join(ARCHS)}")
        dims, depth, inner = ARCHS[arch]
        self.in_channels = in_channels
        self.patch_embed = _Patches(in_channels, dims, patch_size, stride)
        self.grid = (-(-img_size // stride), -(-img_size // stride))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.grid[0] * self.grid[1], dims))
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        rank = math.ceil(dims / 16)
        self.layers = nn.ModuleList(MambaMixer(dims, inner, 16, rank) for _ in range(depth))
        self.gate_layers = nn.ModuleList(
            nn.Sequential(nn.Linear(3 * dims, 3, bias=False), nn.Softmax(dim=-1))
            for _ in range(depth)
        )
        # One norm that all layers share.
        self.pre_norm = nn.LayerNorm(dims, eps=1e-6)
        self.ln1 = nn.LayerNorm(dims, eps=1e-6)

    def init_weights(self) -> None:
        """Initialises, or loads the weights that ``init_cfg`` names.

        Raises:
            ValueError: If they do not fit, or cannot be read as weights alone.
        """
        if self.init_cfg is None or self.init_cfg["type"] != "Pretrained":
            super().init_weights()
            return
        source = self.init_cfg["checkpoint"]
        content = CheckpointLoader.load_checkpoint(source, map_location="cpu")
        named = content.get("state_dict", content).items()
        weights = {
            key.removeprefix("backbone."): value
            for key, value in named
            if not key.startswith(("head.", "backbone.ln2.", "data_preprocessor."))
        }
        key = "patch_embed.projection.weight"
        if key in weights:
            weights[key] = widened(weights[key], self.in_channels)
        load_weights(self, weights, source)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """From images (N, in_channels, H, W) to one map (N, C, H / 8, W / 8)."""
        x = self.patch_embed(x)
        size = (x.shape[2], x.shape[3])
        x = x.flatten(2).transpose(1, 2) + self._positions(size)
        for number, (mixer, gate) in enumerate(zip(self.layers, self.gate_layers, strict=True)):
            x = x + self._three_ways(x, mixer, gate, number)
        return (self.ln1(x).transpose(1, 2).unflatten(2, size),)

    def _three_ways(self, x: Tensor, mixer: nn.Module, gate: nn.Module, number: int) -> Tensor:
        """The gated sum of one scan over three orders of (N, L, C)."""
        seed = None if self.training else torch.Generator().manual_seed(number)
        order = torch.randperm(x.shape[1], generator=seed).to(x.device)
        orders = torch.cat([x, x.flip(1), x[:, order]])
        ahead, back, shuffled = mixer(self.pre_norm(orders)).chunk(3)
        ways = [ahead, back.flip(1), shuffled[:, order.argsort()]]
        shares = gate(torch.cat([way.mean(1) for way in ways], dim=1))
        return torch.einsum("nk,knlc->nlc", shares, torch.stack(ways))

    def _positions(self, size: tuple[int, int]) -> Tensor:
        if size == self.grid:
            return self.pos_embed
        grid = self.pos_embed.transpose(1, 2).unflatten(2, self.grid)
        return F.interpolate(grid, size, mode="bicubic").flatten(2).transpose(1, 2)


class _Patches(nn.Module):
    """Overlapping patches, as many as strides fit in; the image is padded at its right and bottom.

    As MMCV's ``PatchEmbed`` with its default padding.
    """

    def __init__(self, in_channels: int, channels: int, size: int, stride: int) -> None:
        super().__init__()
        self.size, self.stride = size, stride
        self.projection = nn.Conv2d(in_channels, channels, size, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """From (N, in_channels, H, W) to (N, channels, ceil(H / stride), ceil(W / stride))."""
        down, right = (
            max((-(-side // self.stride) - 1) * self.stride + self.size - side, 0)
            for side in x.shape[-2:]
        )
        return self.projection(F.pad(x, (0, right, 0, down)))
