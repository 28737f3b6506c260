"""Debiased linear CKA against its formula, written out, and what it must not depend on."""

import numpy as np
import pytest

from mmrsicc.research.alignment import debiased_cka


def draw(seed, n, d):
    return np.random.default_rng(seed).normal(size=(n, d))


def independence(k, m):
    """Song et al. (2012), equation of the unbiased estimator, term by term."""
    n = len(k)
    k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
    one = np.ones(n)
    first = np.trace(k @ m)
    second = (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2))
    third = 2 / (n - 2) * (one @ k @ m @ one)
    return (first + second - third) / (n * (n - 3))


def test_it_is_the_published_formula():
    x, y = draw(0, 12, 5), draw(1, 12, 3)
    y[:, 0] += x[:, 1]
    k, m = x @ x.T, y @ y.T  # Of features that are not centred: it must not matter.
    expected = independence(k, m) / np.sqrt(independence(k, k) * independence(m, m))
    assert debiased_cka(x, y) == pytest.approx(expected, abs=1e-12)


def test_turns_scales_and_offsets_do_not_count():
    x, y = draw(0, 30, 6), draw(1, 30, 4)
    turn, _ = np.linalg.qr(draw(2, 6, 6))
    assert debiased_cka(x, 3 * x @ turn + 7) == pytest.approx(1)
    assert debiased_cka(x @ turn, y) == pytest.approx(debiased_cka(x, y))
    assert debiased_cka(x, y) == pytest.approx(debiased_cka(y, x))


def test_unrelated_features_are_not_alike_even_with_few_images():
    values = [debiased_cka(draw(s, 20, 200), draw(1000 + s, 20, 200)) for s in range(40)]
    assert abs(np.mean(values)) < 0.03
    # Plain CKA is far from 0 there.
    x, y = (draw(s, 20, 200) - draw(s, 20, 200).mean(0) for s in (0, 1000))
    plain = np.linalg.norm(x.T @ y) ** 2
    plain /= np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    assert plain > 0.8


def test_other_images_are_refused():
    with pytest.raises(ValueError, match="12 and 11 images"):
        debiased_cka(draw(0, 12, 2), draw(0, 11, 2))
