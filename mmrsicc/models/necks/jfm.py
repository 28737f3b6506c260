"""Joint Feature Modeling: DFM's fusion of differences over scales and over two encoders."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.build import build_part
from mmrsicc.models.layers.convolution import GatedTransfer, pool, resize
from mmrsicc.models.layers.transformer import pre_norm_encoder
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures, DifferenceFeatures


@MODELS.register_module()
class JFM(nn.Module):
    """Joint Feature Modeling neck of DFM (re-implementation from the abstract; details are ours).

    Per scale, the two dates are compared (``difference``); a change detector's features, where
    given, are compared alike and added through a gate, with what the detector itself concluded
    (``prior``); the maps are fused over scales on one grid (``fusion``) and related over space.
    Maps finer than ``mixing_size`` are averaged to it first: mixing them at stride 4 cost more than
    the backbone, only for the fusion to average them afterwards.
    The parts are registered modules of ``mmrsicc/models/layers``; they are told channels and
    sizes here, and a config may set their further options.

    Args:
        in_channels: Channels of the K maps of each date.
        change_channels: Channels of the change detector's K maps of each date, or None.
        detected_channels: Channels of the change detector's K difference maps; for the prior.
        difference: Config of what compares two maps; ``PairDifference`` by default.
        fusion: Config of what joins the scales; ``CrossScaleFusion`` by default.
        prior: Config of what reads the change detector's difference maps and mask, such as
            ``DetectorPrior``; None leaves them unread.
        detector_dropout: How often, in training, a pair is encoded as if there were no change
            detector: what relies on it alone must then be found without it, so that a fooled one
            costs less.
        pooled_token: Whether the pooled vector is one more token, the last: the caption head then
            reads what a loss on that vector guides.
        channels: Channels C of the difference maps; a multiple of 32.
        out_channels: Channels D of the tokens.
        grid_size: Side of the token grid; N = grid_size^2.
        mixing_size: Largest height and width of the maps that are compared; None compares them as
            they are, as a mask head wants.
        num_layers: Transformer layers over the places.
        num_heads: Attention heads of fusion, places and pooling.
        dropout: Dropout of the transformer layers.

    Raises:
        ValueError: If the change detector's number of scales is not K, channels do not divide, or
            there is a prior and no change detector.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        change_channels: Sequence[int] | None = None,
        detected_channels: Sequence[int] | None = None,
        difference: dict | None = None,
        fusion: dict | None = None,
        prior: dict | None = None,
        detector_dropout: float = 0.0,
        pooled_token: bool = False,
        channels: int = 256,
        out_channels: int = 512,
        grid_size: int = 8,
        mixing_size: int | None = 16,
        num_layers: int = 2,
        num_heads: int = 8,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        _check_channels(in_channels, change_channels, channels, out_channels, num_heads)
        if prior is not None and (change_channels is None or detected_channels is None):
            raise ValueError(
                "JFM: prior reads a change detector and there is none: set change_detector, with "
                "transfer_to='neck', or prior=None"
            )
        difference = difference or {"type": "PairDifference"}
        fusion = fusion or {"type": "CrossScaleFusion"}
        self.out_channels = out_channels
        self.scale_channels = (channels,) * len(in_channels)
        self.grid_size = grid_size
        self.mixing_size = mixing_size
        self.detector_dropout = detector_dropout
        self.pooled_token = pooled_token
        self.differences = _per_scale(difference, in_channels, channels)
        self.detected = _per_scale(difference, change_channels or (), channels)
        self.transfers = nn.ModuleList(GatedTransfer(channels) for _ in change_channels or ())
        self.prior = None
        if prior is not None:
            widths = {"in_channels": detected_channels, "channels": channels}
            self.prior = MODELS.build({**widths, **prior})
        self.scale_embedding = nn.Parameter(torch.zeros(len(in_channels), 1, channels))
        self.position = nn.Parameter(torch.zeros(grid_size**2, channels))
        self.cross_scale = build_part(
            fusion, num_scales=len(in_channels), channels=channels, num_heads=num_heads
        )
        self.spatial = pre_norm_encoder(channels, num_heads, num_layers, dropout)
        self.project = nn.Linear(channels, out_channels)
        self.query = nn.Parameter(torch.zeros(1, 1, out_channels))
        self.pool = nn.MultiheadAttention(out_channels, num_heads, batch_first=True)
        self.pool_norm = nn.LayerNorm(out_channels)
        for parameter in (self.scale_embedding, self.position, self.query):
            nn.init.trunc_normal_(parameter, std=0.02)

    def forward(
        self,
        before: tuple[Tensor, ...],
        after: tuple[Tensor, ...],
        change: ChangeFeatures | None = None,
    ) -> DifferenceFeatures:
        """Fuses K maps (B, C_k, H_k, W_k) of each date into N tokens and one pooled vector.

        Returns:
            Tokens (B, N, D), with the pooled token (B, N + 1, D); the pooled vector (B, D); the
            difference maps of each scale (B, C, h, w); without gradient, the openness of each
            scale's gate to the change detector (mean over channels) and, where the fusion weighs
            scales, their weights.

        Raises:
            ValueError: If the neck was built for a change detector and none is given, or for
                another number of maps.
        """
        if len(before) != len(self.differences):
            raise ValueError(
                f"this JFM was built for {len(self.differences)} maps of each date, got "
                f"{len(before)}: in_channels must list the backbone's"
            )
        differences = self._compare(self._averaged(before), self._averaged(after))
        gates: list[Tensor] = []
        kept = self._kept(before[0])
        if self.transfers:
            if change is None:
                raise ValueError("this JFM was built with change_channels: it needs `change`")
            differences, gates = self._transfer(differences, change, kept)
        tokens, weights = self.cross_scale(differences, self.scale_embedding, self.position)
        if self.prior is not None and change is not None:
            marked = tokens + self.prior.marks(change.logits, tokens)
            tokens = _where(kept, marked, tokens)
        if weights is not None:
            weights = weights.detach().unflatten(2, (self.grid_size, self.grid_size))
        memory = self.project(self.spatial(tokens))
        query = self.query.expand(memory.shape[0], -1, -1)
        pooled = self.pool_norm(self.pool(query, memory, memory, need_weights=False)[0])
        return DifferenceFeatures(
            tokens=torch.cat([memory, pooled], dim=1) if self.pooled_token else memory,
            pooled=pooled.squeeze(1),
            scales=tuple(differences),
            scale_weights=weights,
            gates=tuple(gates),
            summaries=int(self.pooled_token),
        )

    def _averaged(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """The maps, averaged to ``mixing_size`` where they are finer."""
        if self.mixing_size is None:
            return list(maps)
        most = self.mixing_size
        sizes = [(min(m.shape[-2], most), min(m.shape[-1], most)) for m in maps]
        return [pool(m, size) for m, size in zip(maps, sizes, strict=True)]

    def _compare(self, before: Sequence[Tensor], after: Sequence[Tensor]) -> list[Tensor]:
        """Difference maps of each scale: K maps (B, C, H_k, W_k)."""
        dates = zip(before, after, strict=True)
        return [compare(a, b) for compare, (a, b) in zip(self.differences, dates, strict=True)]

    def _kept(self, maps: Tensor) -> Tensor | None:
        """(B,) bool, pairs whose change detector is not dropped; None if all are kept."""
        if not self.training or self.detector_dropout == 0:
            return None
        return torch.rand(len(maps), device=maps.device) >= self.detector_dropout

    def _transfer(
        self, differences: list[Tensor], change: ChangeFeatures, kept: Tensor | None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Adds the change detector's differences through gates, for pairs whose detector is kept.

        Also returns the gates, (B, 1, H_k, W_k), of all pairs.
        """
        joint, gates = [], []
        firsts, seconds = self._averaged(change.before), self._averaged(change.after)
        concluded = self._averaged(change.differences) if self.prior is not None else []
        for k, difference in enumerate(differences):
            size = difference.shape[-2:]
            detected = resize(self.detected[k](firsts[k], seconds[k]), size)
            if self.prior is not None:
                detected = detected + resize(self.prior.projections[k](concluded[k]), size)
            joined, gate = self.transfers[k](difference, detected)
            joint.append(_where(kept, joined, difference))
            gates.append(gate.detach().mean(dim=1, keepdim=True))
        return joint, gates


def _where(kept: Tensor | None, joined: Tensor, plain: Tensor) -> Tensor:
    """``joined`` where the change detector is kept, else ``plain``."""
    if kept is None:
        return joined
    return torch.where(kept.view(-1, *[1] * (plain.dim() - 1)), joined, plain)


def _check_channels(
    in_channels: Sequence[int],
    change_channels: Sequence[int] | None,
    channels: int,
    out_channels: int,
    num_heads: int,
) -> None:
    """Raises an error if numbers of scales differ or channels do not divide."""
    if change_channels is not None and len(change_channels) != len(in_channels):
        raise ValueError(
            f"the change detector has {len(change_channels)} scales, the backbone "
            f"{len(in_channels)}: set out_indices of one so that they agree"
        )
    if channels % 32 or channels % num_heads or out_channels % num_heads:
        raise ValueError(
            f"JFM: channels={channels} must be a multiple of 32 and of num_heads={num_heads}, "
            f"out_channels={out_channels} one of num_heads"
        )


def _per_scale(config: dict, in_channels: Sequence[int], channels: int) -> nn.ModuleList:
    return nn.ModuleList(
        MODELS.build({"in_channels": c, "channels": channels, **config}) for c in in_channels
    )
