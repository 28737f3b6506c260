"""Graph cuts against all masks of a small image, tried one by one."""

import itertools

import numpy as np
import pytest

from mmrsicc.change_maps import graph_cut

pytest.importorskip("maxflow", reason='pip install "mmrsicc[detect]"')


def cost(mask, gain, smoothness):
    borders = (mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum()
    return -gain[mask > 0].sum() + smoothness * borders


@pytest.mark.parametrize("smoothness", [0.0, 0.4, 2.0])
def test_no_mask_costs_less(smoothness):
    scores = np.random.default_rng(0).random((3, 4))
    found = graph_cut(scores, 0.5, smoothness)
    gain = (scores - 0.5) / scores.std()
    masks = (np.reshape(m, (3, 4)) for m in itertools.product((0, 1), repeat=12))
    least = min(cost(mask, gain, smoothness) for mask in masks)
    assert cost(found, gain, smoothness) == pytest.approx(least)
    if smoothness == 0:
        assert np.array_equal(found, scores > 0.5)


def test_specks_go_and_what_has_no_data_is_unchanged():
    scores = np.zeros((12, 12))
    scores[2:8, 2:8] = 1
    scores[10, 10] = 0.8
    valid = np.ones(scores.shape, bool)
    valid[2:8, 7] = False
    found = graph_cut(scores, 0.5, 1.0, valid)
    assert found[10, 10] == 0 and found[2:8, 2:7].all() and not found[2:8, 7].any()
