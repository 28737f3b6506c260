"""What is said of measurements."""

import pytest

from mmrsicc.research.alignment import Shift, Usefulness, verdict
from mmrsicc.research.alignment.shift import Distance


def shift(p):
    return Shift({"MMD": Distance(0.6, 0.0, 0.2)}, p, 50)


def use(probe):
    return Usefulness(probe, None if probe is None else (probe - 0.05, probe + 0.02), 0.7)


@pytest.mark.parametrize(
    ("ps", "probe", "expected"),
    [
        ((0.3, 0.04), 0.95, "aligned"),  # 0.04 is not below 0.05 / 2.
        ((0.3, 0.02), 0.95, "shifted but useful"),
        ((0.3, 0.02), 0.85, "shifted and useless"),
        ((0.01, 0.02), None, "shifted, use unknown"),
        ((0.3, 0.3), 0.5, "aligned"),
    ],
)
def test_verdicts(ps, probe, expected):
    shifts = {f"stage {k}": shift(p) for k, p in enumerate(ps, 1)}
    word, reasons = verdict(shifts, use(probe))
    assert word == expected
    assert ("3.0 times the MMD" in reasons) == (word != "aligned")
    assert ("useful would be 0.9" in reasons) == (probe is not None and probe < 0.9)


def test_random_weights_that_do_as_well_are_named():
    shifts = {"stage 1": shift(0.001)}
    _, reasons = verdict(shifts, use(0.93), use(0.92))
    assert "adds nothing to that" in reasons
    _, reasons = verdict(shifts, use(0.93), use(0.7))
    assert reasons.endswith("With random weights the probe reaches 0.700.")
