"""Pair encoder: images of two dates to the features of what differs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmrsicc.models.build import build_part, part_class, reads_change
from mmrsicc.models.captioners.encoder_weights import load_encoder
from mmrsicc.models.feature_cache import FeatureCache
from mmrsicc.models.layers.encode_dates import blank_size, encode_dates, output_channels
from mmrsicc.models.pair_normalizer import PairNormalizer
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures, DifferenceFeatures

#: Parts that may use a change detector's features.
_DESTINATIONS = ("neck", "mask", "losses")


@MODELS.register_module()
class PairEncoder(BaseModule):
    """Normalisation, backbone, optional frozen change detector and neck: tensors only.

    Each date has its own statistics and, where the sensors differ, its own stem in front of the
    backbone that both share. The backbone is told which scales the neck reads (``last_scale_only``
    of the neck's class), so that no other is computed.

    Args:
        backbone: Takes images, returns K maps (B, C_k, H_k, W_k); called once with both dates.
        neck: From the maps of both dates to :class:`DifferenceFeatures`; told ``in_channels``
            and, of the change detector, ``change_channels`` and ``detected_channels``, if its
            signature names them.
        change_detector: Frozen model with ``extract``: no gradient, always in eval mode.
        transfer_to: What gets the change detector's knowledge: "neck", which is called with its
            features; "mask", its mask alone, which a speaker may read; "losses", in training alone:
            afterwards the detector does not run.
        detector_cache: Arguments of a :class:`FeatureCache`, which keeps the change detector's
            features of training pairs; None: they are computed again in every epoch.
        mask_head: Predicts the change mask from the neck's scales; None: the detector's mask is
            predicted, where it has one.
        statistics: ``before`` and ``after``, arguments of :class:`PairNormalizer`.
        stems: Configs of what turns the bands of each date into the backbone's channels, one per
            date, None for none.
        encoder_weights: Source of the backbone's weights, arguments of :func:`load_encoder`; they
            are read when training begins.

    Attributes:
        out_channels: Channels D of tokens and pooled vector.
        encoder_channels: Channels of the backbone's last maps.
        scale_channels: Channels of the neck's difference maps, finest first.
        change_channels: Channels of the change detector's maps; None without a detector.
        detected_channels: Channels of the change detector's difference maps; None without one.

    Raises:
        ValueError: If ``transfer_to`` is another, the stems are not two, or the neck does not read
            a change detector.
    """

    def __init__(
        self,
        backbone: Mapping[str, Any],
        neck: Mapping[str, Any],
        change_detector: Mapping[str, Any] | None = None,
        transfer_to: str = "neck",
        detector_cache: Mapping[str, Any] | None = None,
        mask_head: Mapping[str, Any] | None = None,
        statistics: Mapping[str, Any] | None = None,
        stems: Sequence[Mapping[str, Any] | None] = (None, None),
        encoder_weights: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if transfer_to not in _DESTINATIONS:
            raise ValueError(f"transfer_to={transfer_to!r} must be one of {_DESTINATIONS}")
        if len(stems) != 2:
            raise ValueError(
                f"stems has {len(stems)} entries: give one per date, None for a date without, such "
                "as stems=[None, dict(type='BandStem')]"
            )
        self.normalizer = PairNormalizer(**(statistics or {}))
        self.stems = nn.ModuleList(
            nn.Identity() if stem is None else build_part(stem, in_channels=bands)
            for stem, bands in zip(stems, self.normalizer.bands, strict=True)
        )
        self.backbone = MODELS.build(with_scales(backbone, neck))
        self.encoder_weights = encoder_weights
        self.transfer_to = transfer_to
        self.change_detector: Any = None
        if change_detector is not None:
            self.change_detector = MODELS.build(change_detector).requires_grad_(False).eval()
        self.detector_cache = None if detector_cache is None else FeatureCache(**detector_cache)
        bands, in_channels = self._own_channels()
        self.change_channels, self.detected_channels = self._detector_channels()
        given = change_detector is not None and transfer_to == "neck"
        self.neck = build_part(
            neck,
            in_channels=in_channels,
            bands=bands,
            change_channels=self.change_channels if given else None,
            detected_channels=self.detected_channels if given else None,
        )
        if given and not reads_change(self.neck):
            raise ValueError(
                f"{type(self.neck).__name__} reads no change detector: set transfer_to='mask' or "
                "'losses', or leave change_detector out"
            )
        self.out_channels: int = self.neck.out_channels
        self.encoder_channels: int = in_channels[-1]
        self.scale_channels: tuple[int, ...] = tuple(getattr(self.neck, "scale_channels", ()))
        self.mask_head: Any = None
        if mask_head is not None:
            self.mask_head = build_part(mask_head, in_channels=self.scale_channels)

    def init_weights(self) -> None:
        """Initialises all parts, then the backbone from ``encoder_weights``, where given.

        Raises:
            FileNotFoundError, ValueError: See :func:`load_encoder`.
        """
        super().init_weights()
        if self.encoder_weights is not None:
            load_encoder(self.backbone, **self.encoder_weights)

    def train(self, mode: bool = True) -> PairEncoder:
        """Sets the mode of all parts but the frozen change detector, which stays in eval mode."""
        super().train(mode)
        if self.change_detector is not None:
            self.change_detector.eval()
        return self

    def forward(self, before: Tensor, after: Tensor, for_loss: bool = False) -> DifferenceFeatures:
        """Encodes raw images of each date, (B, C_t, H, W) in the units of the statistics.

        Args:
            before: Images of the first date.
            after: Images of the second date, of the same size.
            for_loss: Whether losses follow, which may read a change detector that nothing else
                reads.
        """
        change = None
        if self.change_detector is not None and (for_loss or self.transfer_to != "losses"):
            change = self._detect(before, after, self.detector_cache if for_loss else None)
        firsts, seconds = self._encode(before, after)
        if change is not None and self.transfer_to == "neck":
            features = self.neck(firsts, seconds, change=change)
        else:
            features = self.neck(firsts, seconds)
        features = replace(features, dates=(firsts[-1], seconds[-1]), change=change)
        if self.mask_head is not None:
            return replace(features, logits=self.mask_head(features.scales, before.shape[-2:]))
        return replace(features, logits=None if change is None else change.logits)

    def _encode(
        self, before: Tensor, after: Tensor
    ) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """The backbone's K maps of each date."""
        images = self.normalizer(before, after)
        first, second = (stem(x) for stem, x in zip(self.stems, images, strict=True))
        return encode_dates(self.backbone, first, second)

    @torch.no_grad()
    def _detect(
        self, before: Tensor, after: Tensor, cache: FeatureCache | None = None
    ) -> ChangeFeatures:
        def extract(before: Tensor, after: Tensor) -> ChangeFeatures:
            return self.change_detector.extract(before.float(), after.float())

        if cache is None:
            return extract(before, after)
        groups = cache(self.change_detector, lambda *dates: extract(*dates).groups, before, after)
        return ChangeFeatures.of_groups(groups)

    @torch.no_grad()
    def _own_channels(self) -> tuple[int, tuple[int, ...]]:
        """Bands that the backbone takes of a date, and channels of its maps, of a blank pair."""
        images = self.normalizer(*self._blank())
        first, second = (stem(x).shape[1] for stem, x in zip(self.stems, images, strict=True))
        if first != second:
            raise ValueError(
                f"the dates have {first} and {second} bands, but share one backbone: set "
                "stems=[dict(type='BandStem'), dict(type='BandStem')]"
            )
        return first, output_channels(self.backbone, first)

    def _detector_channels(self) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
        """Channels of the change detector's maps and of their differences."""
        if self.change_detector is None:
            return None, None
        found = self._detect(*self._blank())
        maps, differences = (
            tuple(m.shape[1] for m in x) for x in (found.before, found.differences)
        )
        return maps, differences

    def _blank(self) -> tuple[Tensor, Tensor]:
        """A blank pair."""
        first, second = self.normalizer.bands
        size = blank_size(self.backbone)
        return torch.zeros(1, first, *size), torch.zeros(1, second, *size)


def with_scales(backbone: Mapping[str, Any], neck: Mapping[str, Any]) -> Mapping[str, Any]:
    """The backbone's config, with its last scale alone where the neck reads no other."""
    if not getattr(part_class(neck), "last_scale_only", False):
        return backbone
    scales = backbone.get("out_indices")
    if scales is None:
        parameter = inspect.signature(part_class(backbone).__init__).parameters.get("out_indices")
        scales = None if parameter is None else parameter.default
    if not isinstance(scales, (tuple, list)) or len(scales) < 2:
        return backbone
    return {**backbone, "out_indices": tuple(scales[-1:])}
