"""MCI: captions and masks from two branches over one backbone (Change-Agent, Liu et al. 2024)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers import BottleneckBlock, xavier_matrices
from mmrsicc.models.layers.attention import multi_head_attention
from mmrsicc.models.layers.tokens import map_positions
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class MCI(nn.Module):
    """Both necks of the multi-level change interpretation model (Liu et al. 2024, TGRS).

    Captioning: in each layer both dates attend to how they differ from one another, by weights of
    their own; joined over channels, they go through a residual block. Masks: the same layers, of
    which the second date's sees what the first has just become; then what differs at each scale is
    brought together from the coarsest to the finest, with twice its channels at twice its size.

    Args:
        in_channels: Channels of the K maps of each date; those of the last, D, are the tokens'.
        num_layers: Layers of each branch.
        num_heads: Attention heads.
        dropout: Dropout of the layers.
        max_grid_size: Most rows and columns of the last map; so many have learned positions.
        masks: Whether there is the branch of the masks, for a ``MaskHead``.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        num_layers: int = 3,
        num_heads: int = 8,
        dropout: float = 0.1,
        max_grid_size: int = 16,
        masks: bool = True,
    ) -> None:
        super().__init__()
        dims = in_channels[-1]
        self.out_channels = dims
        sizes = (dims, num_layers, num_heads, dropout, max_grid_size)
        self.caption = InteractingDates(*sizes)
        self.masks = MaskBranch(in_channels, InteractingDates(*sizes)) if masks else None
        self.scale_channels = (2 * in_channels[0],) if masks else ()
        xavier_matrices(self)
        # Parts of the authors' decoder, which keeps PyTorch's initialisation.
        self.project = nn.Conv2d(2 * dims, dims, 1)
        self.block = BottleneckBlock(dims)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns H_K W_K tokens and their mean.

        With masks, ``scales`` is the map (B, 2 C_1, 2 H_1, 2 W_1) that they are read off.

        Raises:
            ValueError: If the last map is larger than ``max_grid_size``.
        """
        first, second = self.caption(before[-1], after[-1])
        joined = self.block(self.project(torch.cat([first, second], dim=1)))
        tokens = joined.flatten(2).transpose(1, 2)
        scales = () if self.masks is None else (self.masks(before, after),)
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(dim=1), scales=scales)


class InteractingDates(nn.Module):
    """Layers in which both dates attend to how they differ, after learned positions.

    Args:
        dims: Channels D of the maps.
        num_layers: Number of layers.
        num_heads: Attention heads.
        dropout: Dropout probability.
        max_grid_size: Most rows and columns of the maps.
    """

    def __init__(
        self, dims: int, num_layers: int, num_heads: int, dropout: float, max_grid_size: int
    ) -> None:
        super().__init__()
        self.columns = nn.Embedding(max_grid_size, dims // 2)
        self.rows = nn.Embedding(max_grid_size, dims // 2)
        self.before_layers, self.after_layers = (
            nn.ModuleList(InteractionLayer(dims, num_heads, dropout) for _ in range(num_layers))
            for _ in range(2)
        )

    def forward(
        self, before: Tensor, after: Tensor, in_turn: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Takes and returns two maps (B, D, H, W).

        Args:
            before: Of the first date.
            after: Of the second date.
            in_turn: Whether the second date sees what the first has just become, and both are added
                to what they were, as in the branch of the masks.
        """
        size = before.shape[-2:]
        places = map_positions(self.columns, self.rows, *size).T.unflatten(1, size)
        before, after = before + places, after + places
        for first, second in zip(self.before_layers, self.after_layers, strict=True):
            if in_turn:
                before = before + first(before, after)
                after = after + second(after, before)
            else:
                before, after = first(before, after), second(after, before)
        return before, after


class InteractionLayer(nn.Module):
    """Layer of BI3: convolutions around each place, attention to what differs, feed-forward part.

    The authors' code has a date attend to itself if both are equal after their convolutions; these
    differ, so that it never happens, and there is no such branch here.

    Args:
        dims: Channels D.
        num_heads: Attention heads; must divide D.
        dropout: Dropout probability.

    Raises:
        ValueError: If ``num_heads`` does not divide D.
    """

    def __init__(self, dims: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        if dims % num_heads:
            raise ValueError(f"dims={dims} is not a multiple of num_heads={num_heads}")
        self.num_heads = num_heads
        self.around, self.around_other = LocalConvolutions(dims), LocalConvolutions(dims)
        self.fuse = nn.Sequential(nn.Conv2d(dims, dims, 1), nn.BatchNorm2d(dims), nn.ReLU())
        self.query, self.key, self.value = (nn.Linear(dims, dims) for _ in range(3))
        self.output = nn.Linear(dims, dims)
        self.attention_norm = nn.LayerNorm(dims)
        self.ffn = nn.Sequential(
            nn.Linear(dims, 4 * dims), nn.ReLU(), nn.Dropout(dropout), nn.Linear(4 * dims, dims)
        )
        self.ffn_norm = nn.LayerNorm(dims)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, other: Tensor) -> Tensor:
        """Takes maps (B, D, H, W) of two dates; returns the first, changed."""
        size = x.shape[-2:]
        x, other = x + self.around(x), other + self.around_other(other)
        memory = self.fuse(x * (other - x)).flatten(2).transpose(1, 2)
        x = x.flatten(2).transpose(1, 2)
        rate = self.dropout.p if self.training else 0.0
        attended = multi_head_attention(
            self.query(x), self.key(memory), self.value(memory), self.num_heads, rate
        )
        x = self.attention_norm(x + self.dropout(self.output(attended)))
        x = self.ffn_norm(x + self.dropout(self.ffn(x)))
        return x.transpose(1, 2).unflatten(2, size)


class LocalConvolutions(nn.Module):
    """Depth-wise convolutions of 3x3, 1x5 and 5x1 side by side, mixed by a 1x1.

    Args:
        channels: Channels C in and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.shapes = nn.ModuleList(
            nn.Conv2d(channels, channels, (h, w), padding=(h // 2, w // 2), groups=channels)
            for h, w in ((3, 3), (1, 5), (5, 1))
        )
        self.norm = nn.BatchNorm2d(3 * channels)
        self.mix = nn.Conv2d(3 * channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        return self.mix(F.gelu(self.norm(torch.cat([shape(x) for shape in self.shapes], dim=1))))


class MaskBranch(nn.Module):
    """Mask branch: the differences of all scales, fused from the coarsest to the finest.

    Args:
        in_channels: Channels C_k of the K maps of each date.
        dates: What the last maps go through before.
    """

    def __init__(self, in_channels: Sequence[int], dates: nn.Module) -> None:
        super().__init__()
        self.dates = dates
        self.differences = nn.ModuleList(
            nn.Sequential(nn.Conv2d(c, c, 1), nn.BatchNorm2d(c)) for c in in_channels
        )
        self.fusions = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(3 * c, 2 * c, 3, padding=1),
                nn.BatchNorm2d(2 * c),
                nn.ReLU(),
                nn.Conv2d(2 * c, 2 * c, 1),
            )
            for c in in_channels
        )
        finer = (in_channels[0], *in_channels[:-1])
        self.rises = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(2 * c, 2 * c, 1),
                nn.BatchNorm2d(2 * c),
                nn.ReLU(),
                nn.ConvTranspose2d(2 * c, 2 * wide, 4, stride=2, padding=1),
            )
            for c, wide in zip(in_channels, finer, strict=True)
        )

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> Tensor:
        """From K maps (B, C_k, H_k, W_k) of each date, each half as large as the one before it.

        Halves of odd sides may be rounded up or down.
        """
        last = self.dates(before[-1], after[-1], in_turn=True)
        pairs = [*zip(before[:-1], after[:-1], strict=True), last]
        risen: Tensor | None = None
        for k in reversed(range(len(pairs))):
            first, second = pairs[k]
            similarity = F.cosine_similarity(first, second, dim=1).unsqueeze(1)
            difference = self.differences[k](second - first) + similarity
            fused = self.fusions[k](torch.cat([first, difference, second], dim=1))
            if risen is not None:
                # Twice a rounded half is a pixel more, which is cut off, or less: nothing is added.
                rows, columns = (
                    own - twice for own, twice in zip(fused.shape[2:], risen.shape[2:], strict=True)
                )
                fused = fused + F.pad(risen, (0, columns, 0, rows))
            risen = self.rises[k](fused)
        assert risen is not None
        return risen
