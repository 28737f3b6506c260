"""Necks of other packages, of single images or of pairs."""

from collections.abc import Sequence
from importlib import import_module

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmrsicc.models.build import build_part, part_class, reads_change
from mmrsicc.models.layers.convolution import pool
from mmrsicc.models.layers.tokens import GridTokens
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures, DifferenceFeatures
from mmrsicc.utils.extras import INSTALL


@MODELS.register_module()
class FusionNeck(BaseModule):
    """Tokens from a neck that joins the maps of both dates, such as ``opencd.FeatureFusionNeck``.

    The maps that it makes are pooled to one grid, laid side by side and projected, with learned
    positions; the pooled vector is the mean of the tokens.

    Args:
        in_channels: Channels of the K maps of each date.
        fusion: Config of the other package's neck, called with the maps of both dates.
        out_channels: Channels D of the tokens.
        grid_size: Side of the token grid; N = grid_size^2.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        fusion: dict,
        out_channels: int = 512,
        grid_size: int = 8,
    ) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.fusion = MODELS.build(fusion)
        self.scale_channels = self._fused_channels(in_channels)
        self.tokens = GridTokens(sum(self.scale_channels), out_channels, grid_size)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date.

        Returns:
            Tokens (B, N, D), their mean (B, D), and the joined maps as ``scales``.
        """
        fused = tuple(self.fusion(before, after))
        grids = [pool(m, self.tokens.grid_size) for m in fused]
        tokens = self.tokens(torch.cat(grids, dim=1))
        return DifferenceFeatures(tokens, tokens.mean(dim=1), fused)

    @torch.no_grad()
    def _fused_channels(self, in_channels: Sequence[int]) -> tuple[int, ...]:
        """Channels of the joined maps, asked with blank ones."""
        self.fusion.eval()
        blank = tuple(torch.zeros(1, c, 64 >> k, 64 >> k) for k, c in enumerate(in_channels))
        fused = self.fusion(blank, blank)
        self.fusion.train()
        return tuple(m.shape[1] for m in fused)


@MODELS.register_module()
class PyramidNeck(BaseModule):
    """Runs each date's maps through a pyramid of single images, then compares the dates.

    The pyramid is a neck of another package, such as ``mmdet.FPN`` or ``mmseg.FPN``: it takes a
    list of maps, finest first, and returns one. Both dates pass it in one call.

    Args:
        in_channels: Channels of the K maps of each date.
        pyramid: Config of the pyramid; told ``in_channels``.
        neck: Config of the neck of pairs behind it; told the channels of the pyramid's maps.
        change_channels: Of the change detector's maps, or None; for the inner neck.
        detected_channels: Of the change detector's difference maps, the same.

    Raises:
        ImportError: If the pyramid's package cannot be imported; says how to install it.
        ValueError: If the pyramid does not return several maps, or the inner neck reads the last of
            them alone, or no change detector where one is there.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        pyramid: dict,
        neck: dict,
        change_channels: Sequence[int] | None = None,
        detected_channels: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        _check_scope(pyramid["type"])
        if getattr(part_class(neck), "last_scale_only", False):
            raise ValueError(
                f"{neck['type']} reads the last scale alone, so the pyramid's other maps would "
                "never be trained: leave it out, or take a neck that reads all scales, as JFM"
            )
        self.pyramid = MODELS.build({"in_channels": list(in_channels), **pyramid})
        self.neck = build_part(
            neck,
            in_channels=self._widths(in_channels),
            change_channels=change_channels,
            detected_channels=detected_channels,
        )
        if change_channels is not None and not reads_change(self.neck):
            raise ValueError(
                f"{type(self.neck).__name__} reads no change detector: set transfer_to='mask' or "
                "'losses', or leave change_detector out"
            )
        self.out_channels = self.neck.out_channels
        self.scale_channels = getattr(self.neck, "scale_channels", ())

    def forward(
        self,
        before: tuple[Tensor, ...],
        after: tuple[Tensor, ...],
        change: ChangeFeatures | None = None,
    ) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns what the inner neck makes."""
        batch = before[0].shape[0]
        maps = self.pyramid([torch.cat(pair) for pair in zip(before, after, strict=True)])
        firsts, seconds = tuple(m[:batch] for m in maps), tuple(m[batch:] for m in maps)
        if change is None:
            return self.neck(firsts, seconds)
        return self.neck(firsts, seconds, change=change)

    @torch.no_grad()
    def _widths(self, in_channels: Sequence[int]) -> tuple[int, ...]:
        """Channels of the pyramid's maps, asked with blank maps of which each halves the last."""
        sides = [2 ** (len(in_channels) - k + 1) for k in range(len(in_channels))]
        was_training = self.pyramid.training
        self.pyramid.eval()
        maps = self.pyramid(
            [torch.zeros(1, c, side, side) for c, side in zip(in_channels, sides, strict=True)]
        )
        self.pyramid.train(was_training)
        if not isinstance(maps, (tuple, list)):
            raise ValueError(
                f"{type(self.pyramid).__name__} is no pyramid: it must return a list of maps"
            )
        return tuple(m.shape[1] for m in maps)


def _check_scope(kind: str | type) -> None:
    """Imports the package that a type's scope names, before a registry fails on it darkly."""
    if not isinstance(kind, str):
        return  # A class is imported already.
    scope, _, name = kind.rpartition(".")
    if scope not in ("mmdet", "mmseg"):
        return
    try:
        import_module(f"{scope}.models")
    except (AssertionError, ImportError) as error:  # Version checks raise AssertionError.
        raise ImportError(
            f"{scope}.{name} needs {scope}, which cannot be imported ({error}):\n"
            f"    {INSTALL[scope]}"
        ) from error
