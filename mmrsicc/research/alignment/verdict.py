"""Verdict on the measurements, in words."""

from __future__ import annotations

from collections.abc import Mapping

from mmrsicc.research.alignment.shift import Shift
from mmrsicc.research.alignment.usefulness import Usefulness

#: Family-wise error rate of the shift tests over all kinds of features.
LEVEL = 0.05
#: Minimum area under the ROC curve for features to be useful.
USEFUL = 0.9


def verdict(
    shifts: Mapping[str, Shift], useful: Usefulness, random: Usefulness | None = None
) -> tuple[str, str]:
    """A verdict and its reasons.

    Shifted means that the permutation test on MMD rejects any kind of features at 5 %, after
    Bonferroni's correction. Useful means that the linear probe tells changed pairs from unchanged
    ones with an area under the curve of 0.9 or more.

    Args:
        shifts: By kind of features.
        useful: Of the detector on the target.
        random: Of the same detector with random weights.

    Returns:
        One of ``aligned``, ``shifted but useful``, ``shifted and useless`` and ``shifted, use
        unknown``, and sentences that say why.
    """
    moved = [name for name, shift in shifts.items() if shift.p * len(shifts) < LEVEL]
    reasons = [_of_shift(shifts, moved), _of_use(useful)]
    if useful.probe is not None and random is not None and random.probe is not None:
        reasons.append(_of_control(useful.probe, random.probe))
    if not moved:
        word = "aligned"
    elif useful.probe is None:
        word = "shifted, use unknown"
    else:
        word = "shifted but useful" if useful.probe >= USEFUL else "shifted and useless"
    return word, " ".join(reasons)


def _of_shift(shifts: Mapping[str, Shift], moved: list[str]) -> str:
    if not moved:
        return f"No kind of features differs between source and target at a level of {LEVEL:.0%}."
    ratios = {name: shifts[name].distances["MMD"].ratio for name in moved}
    known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
    said = f"{len(moved)} of {len(shifts)} kinds of features differ between source and target"
    if not known:
        return said + "."
    worst = max(known, key=lambda name: known[name])
    return f"{said}, most of all {worst}: {known[worst]:.1f} times the MMD that chance reaches."


def _of_use(useful: Usefulness) -> str:
    if useful.probe is None:
        return (
            "Whether they are of use is unknown: that takes changed pairs from five images at "
            "least, and unchanged ones from five."
        )
    assert useful.probe_interval is not None
    low, high = useful.probe_interval
    said = "A linear probe finds changed pairs with an AUC of "
    said += f"{useful.probe:.3f} ({low:.3f} to {high:.3f})"
    if useful.area is not None:
        said += f", the predicted changed area with {useful.area:.3f}"
    weak = "" if useful.probe >= USEFUL else f"; useful would be {USEFUL}"
    return f"{said}{weak}."


def _of_control(probe: float, random: float) -> str:
    said = f"With random weights the probe reaches {random:.3f}"
    if random >= probe - 0.02:
        return f"{said}: training the detector adds nothing to that."
    return f"{said}."
