"""Change flags without training."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from mmrsicc.change_maps import CVA
from mmrsicc.evaluation.baselines.change_flag import FlagChooser, FlagRule, best_cut


def pair(share, strength, seed=0, size=21):
    """Both dates: noise up to 3 everywhere, and a share of rows that differ by ``strength``."""
    rng = np.random.default_rng(seed)
    before = rng.integers(60, 90, (size, size, 3)).astype(np.uint8)
    after = before + rng.integers(0, 4, before.shape).astype(np.uint8)
    after[: round(share * size)] += strength
    return before, after


def test_the_cut_is_that_of_a_decision_stump():
    rng = np.random.default_rng(0)
    for _ in range(5):
        flags = rng.integers(0, 2, 40)
        shares = (0.1 * flags + 0.1 * rng.random(40)).round(2)
        cut, accuracy = best_cut(shares, flags)
        assert ((shares > cut) == flags).mean() == accuracy
        # Trees may also say that small shares are changes; these do not.
        stump = DecisionTreeClassifier(max_depth=1).fit(shares[:, None], flags)
        assert accuracy >= stump.score(shares[:, None], flags)


@pytest.mark.parametrize("flag", [0, 1])
def test_pairs_of_one_flag_get_it(flag):
    cut, accuracy = best_cut([0.0, 0.2, 0.2], [flag] * 3)
    assert accuracy == 1 and all((s > cut) == bool(flag) for s in (0.0, 0.2))


def test_a_rule_sees_how_much_changed_and_not_that_something_differs_most():
    """Otsu's threshold parts noise, too: only a fixed one tells changed pairs from others."""
    chooser = FlagChooser()
    for i in range(8):
        chooser.add(CVA()(*pair(0.2 * (i % 2), 60, i)), i % 2)
    rule = chooser.choose()
    assert rule.accuracy == 1 and not isinstance(rule.threshold, str)
    assert [rule(CVA()(*pair(s, 60, 50 + i))) for i, s in enumerate((0, 0.3, 0))] == [0, 1, 0]
    assert "right for 100.0 % of the pairs" in str(rule)


def test_a_rule_by_hand():
    scores = np.array([[0, 1], [2, 3]], np.float32)
    assert [FlagRule(1.5, share, 1)(scores) for share in (0.4, 0.5)] == [1, 0]
    assert str(FlagRule("otsu", 0.25, 0.8)).startswith(
        "changed where more than 25 % of the pixels are above otsu's threshold, right for 80.0 %"
    )
    with pytest.raises(ValueError, match="no pair"):
        FlagChooser().choose()
