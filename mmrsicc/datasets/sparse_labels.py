"""Masks in which some pixels alone are labelled: what values mean, and which to train on."""

from collections.abc import Sequence

import numpy as np

from mmrsicc.structures import IGNORED

_MOST_LISTED = 8


def mask_ids(
    values: np.ndarray,
    changed: Sequence[int] | None = None,
    unchanged: Sequence[int] | None = None,
    source: object = "the mask",
) -> np.ndarray:
    """Mask (H, W) uint8 of 0 (unchanged), 1 (changed) and ``IGNORED`` (not labelled).

    Args:
        values: (H, W) of any type.
        changed: Values that mean changed; None: the one beside those of ``unchanged``.
        unchanged: Values that mean unchanged; None: 0, and no value may be left over.
        source: Where the values are from, for errors.

    Raises:
        ValueError: What the values mean is not certain.
    """
    present = sorted(set(np.unique(values).tolist()))
    same = [0] if unchanged is None else list(unchanged)
    others = [value for value in present if value not in same]
    if changed is None and len(others) == 1:
        changed = others
    left_over = [value for value in others if value not in (changed or ())]
    if changed is None or (unchanged is None and left_over) or set(changed) & set(same):
        raise ValueError(
            f"{source} has the values {_listed(present)}: say which mean what, such as "
            "--changed 1 --unchanged 2; others are then not counted"
        )
    if missing := [value for value in (*changed, *same) if value not in present]:
        raise ValueError(f"{source} has no value {missing[0]}: it has {_listed(present)}")
    mask = np.full(values.shape, IGNORED, np.uint8)
    mask[np.isin(values, same)] = 0
    mask[np.isin(values, changed)] = 1
    return mask


def training_part(mask: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Masks of some labelled pixels, drawn to train on, and of all others.

    Args:
        mask: (H, W) of class ids.
        share: Of the pixels of each class, rounded; at least one.
        seed: Of the draw.
    """
    random = np.random.default_rng(seed)
    chosen = np.zeros(mask.size, bool)
    for value in np.unique(mask[mask != IGNORED]):
        places = np.flatnonzero(mask == value)
        count = max(1, round(share * len(places)))
        chosen[random.choice(places, count, replace=False)] = True
    inside = chosen.reshape(mask.shape)
    return np.where(inside, mask, IGNORED), np.where(inside, IGNORED, mask)


def _listed(values: Sequence[float]) -> str:
    text = ", ".join(f"{value:g}" for value in values[:_MOST_LISTED])
    return text + (f", ... ({len(values)} values)" if len(values) > _MOST_LISTED else "")
