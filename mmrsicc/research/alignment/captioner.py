"""A change detector beside the captioner that uses it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mmrsicc.apis import init_captioner
from mmrsicc.models.captioners.pair_encoder import with_scales
from mmrsicc.models.change_detectors import ChangeDetector
from mmrsicc.models.layers import encode_dates
from mmrsicc.registry import MODELS
from mmrsicc.research.alignment.cka import debiased_cka
from mmrsicc.research.alignment.features import batches
from mmrsicc.research.alignment.pairs import PairSet

#: Raw images of both dates (B, 3, H, W) to K maps of each.
Encode = Callable[[Tensor, Tensor], tuple[Sequence[Tensor], Sequence[Tensor]]]


def captioner_cka(
    detector: ChangeDetector,
    config: str | Path,
    checkpoint: str | Path | None,
    pairs: PairSet,
    batch_size: int = 16,
    device: str = "cpu",
) -> dict[str, np.ndarray]:
    """CKA of detector and captioner on the same pairs, stage by stage.

    Both dates of a pair count as images of their own; maps are averaged over pixels.

    Args:
        detector: With ``extract``.
        config: Of the captioner.
        checkpoint: Of the captioner; None: random weights.
        pairs: What both look at.
        batch_size: Pairs per forward.
        device: Where both run.

    Returns:
        (K, L) CKA of the detector's K and the backbone's L stages, by ``trained`` and ``random
        weights``.
    """
    model = init_captioner(config, checkpoint, device)
    torch.manual_seed(0)
    encoder_cfg = model.cfg.model.encoder
    backbone_cfg = with_scales(encoder_cfg.backbone, encoder_cfg.neck)
    untrained = MODELS.build(backbone_cfg).to(device).eval()

    def detect(before: Tensor, after: Tensor) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
        features = detector.extract(before, after)
        return features.before, features.after

    def encoder(backbone: nn.Module) -> Encode:
        normalise = model.encoder.normalizer
        return lambda before, after: encode_dates(backbone, *normalise(before, after))

    theirs = _stages(detect, pairs, batch_size, device)
    found = {}
    for name, backbone in (("trained", model.encoder.backbone), ("random weights", untrained)):
        ours = _stages(encoder(backbone), pairs, batch_size, device)
        found[name] = np.array([[debiased_cka(x, y) for y in ours] for x in theirs])
    return found


@torch.no_grad()
def _stages(encode: Encode, pairs: PairSet, batch_size: int, device: str) -> list[np.ndarray]:
    """(2 N, C_k) means over pixels of each stage."""
    rows: list[list[Tensor]] = []
    for batch in batches(pairs, batch_size):
        images = batch.to(device).float()
        dates = zip(*encode(images[:, 0], images[:, 1]), strict=True)
        rows.append([torch.cat(maps).mean((2, 3)) for maps in dates])
    return [torch.cat(stage).double().cpu().numpy() for stage in zip(*rows, strict=True)]
