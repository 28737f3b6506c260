"""Convolutional blocks, norms of maps and resizing."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.registry import MODELS


def resize(maps: Tensor, size: Sequence[int]) -> Tensor:
    """(B, C, H, W) to ``size`` (h, w), bilinear, edges of the outer pixels aligned."""
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=False)


def eighths(channels: float) -> int:
    """The nearest multiple of 8 that takes away less than a tenth, at least 8."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


class GroupNorm(nn.GroupNorm):
    """GroupNorm (Wu and He 2018) that is fast in bfloat16 on a CPU.

    There, convolutions return maps with channels last, which PyTorch's kernel normalises 20 times
    slower than others.

    Args:
        channels: Channels of the maps; a multiple of the groups.
        groups: Groups of channels, each normalised over its channels and places. With few channels
            in a group, how strong a channel is in the whole map is lost.
    """

    def __init__(self, channels: int, groups: int = 32) -> None:
        super().__init__(groups, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        return super().forward(x.contiguous())


def pool(maps: Tensor, size: int | Sequence[int]) -> Tensor:
    """(B, C, H, W) averaged to ``size`` (h, w): adaptive pooling, deterministic on request.

    On a GPU the gradient of PyTorch's own has no deterministic kernel; products with two matrices
    that average rows and columns say the same.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if not torch.are_deterministic_algorithms_enabled():
        return F.adaptive_avg_pool2d(maps, (height, width))
    with torch.autocast(maps.device.type, enabled=False):
        rows = _averages(maps, maps.shape[-2], height)
        return rows @ maps @ _averages(maps, maps.shape[-1], width).T


def _averages(like: Tensor, places: int, cells: int) -> Tensor:
    """(cells, places) weights of the places in each cell of adaptive pooling."""
    cell = torch.arange(cells, device=like.device).unsqueeze(1)
    place = torch.arange(places, device=like.device)
    inside = (place >= cell * places // cells) & (place * cells < (cell + 1) * places)
    return (inside / inside.sum(1, keepdim=True)).to(like.dtype)


class LayerNorm2d(nn.LayerNorm):
    """Normalises the channels of each place of (B, C, H, W)."""

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class DropPath(nn.Module):
    """Stochastic depth (Huang et al. 2016): drops the whole branch of a sample while training.

    Args:
        probability: How often; branches that stay are scaled up by as much.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, ...)."""
        if not self.training or self.probability == 0:
            return x
        ones = x.new_ones(x.shape[0], *[1] * (x.dim() - 1))
        return x * F.dropout(ones, self.probability)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2016).

    Args:
        channels: Channels C in and out; a multiple of 32 with the default norm.
        norm: Makes a normalisation of C channels; GroupNorm of 32 groups by default.
    """

    def __init__(self, channels: int, norm: Callable[[int], nn.Module] = GroupNorm) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            norm(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            norm(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        return (x + self.body(x)).relu()


class BottleneckBlock(nn.Module):
    """1x1, 3x3 and 1x1 convolutions around a shortcut, with BatchNorm.

    As RSICCformer (Liu et al. 2022) and Chg2Cap (Chang and Ghamisi 2023) have it.

    Args:
        channels: Channels C in and out.
        waist: Channels in between; C / 2 if None.
    """

    def __init__(self, channels: int, waist: int | None = None) -> None:
        super().__init__()
        waist = waist or channels // 2
        self.body = nn.Sequential(
            nn.Conv2d(channels, waist, 1),
            nn.BatchNorm2d(waist),
            nn.ReLU(inplace=True),
            nn.Conv2d(waist, waist, 3, padding=1),
            nn.BatchNorm2d(waist),
            nn.ReLU(inplace=True),
            nn.Conv2d(waist, channels, 1),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        return (x + self.body(x)).relu()


class MaskDecoder(nn.Sequential):
    """SegFormer's all-MLP decoder (Xie et al. 2021): all scales at the finest, joined, classified.

    Args:
        num_scales: Number K of scales.
        channels: Channels C of each scale's map and of the joint one.
        num_classes: Classes of the mask.
        norm: Makes a normalisation of C channels.
    """

    def __init__(
        self,
        num_scales: int,
        channels: int,
        num_classes: int = 2,
        norm: Callable[[int], nn.Module] = GroupNorm,
    ) -> None:
        super().__init__(
            nn.Conv2d(num_scales * channels, channels, 1, bias=False),
            norm(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, num_classes, 1),
        )

    def forward(self, maps: Sequence[Tensor], size: Sequence[int]) -> Tensor:  # type: ignore[override]
        """Logits (B, num_classes, H, W) at ``size`` (H, W), from K maps, finest first."""
        finest = maps[0].shape[-2:]
        joined = torch.cat([resize(m, finest) for m in maps], dim=1)
        return resize(super().forward(joined), size)


class GatedTransfer(nn.Module):
    """Gated sum of the captioner's and the change detector's difference.

    ``d + G * W d_cd`` with ``G = sigmoid(conv1x1([d; d_cd]))``. The gate's bias starts at -2, so
    the gate is almost closed (0.12) until training opens it.

    Args:
        channels: Channels C of both difference maps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = nn.Conv2d(2 * channels, channels, 1)
        self.project = nn.Conv2d(channels, channels, 1)
        nn.init.constant_(self.gate.bias, -2.0)  # type: ignore[arg-type]

    def forward(self, difference: Tensor, detected: Tensor) -> tuple[Tensor, Tensor]:
        """Takes two (B, C, H, W) maps; returns the joint map and the gate, both of that shape."""
        gate = self.gate(torch.cat([difference, detected], dim=1)).sigmoid()
        return difference + gate * self.project(detected), gate


@MODELS.register_module()
class BandStem(nn.Module):
    """1x1 convolution from the bands of one date to the channels of a shared backbone.

    Args:
        in_channels: Bands of the date.
        out_channels: Channels that the backbone takes.
    """

    def __init__(self, in_channels: int, out_channels: int = 3) -> None:
        super().__init__()
        self.mix = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Takes (B, in_channels, H, W), returns (B, out_channels, H, W)."""
        return self.mix(images)
