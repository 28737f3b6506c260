"""Registration jitter, and classes of masks."""

import numpy as np
import pytest

from mmrsicc.datasets.transforms import RandomShift, registration
from mmrsicc.datasets.transforms.registration import inside, shift
from mmrsicc.structures import IGNORED


def test_shift_by_whole_pixels_moves_and_repeats_the_border():
    image = np.arange(12, dtype=np.uint8).reshape(3, 4, 1).repeat(3, axis=2)
    moved = shift(image, right=1, down=-1)
    assert moved[..., 0].tolist() == [[4, 4, 5, 6], [8, 8, 9, 10], [8, 8, 9, 10]]
    known = inside((3, 4), right=1, down=-1)
    assert known.tolist() == [[False, True, True, True]] * 2 + [[False] * 4]


def test_shift_by_half_a_pixel_is_the_mean_of_neighbours():
    image = np.array([[0, 10, 20, 60]], np.uint8)[..., None].repeat(3, axis=2)
    assert shift(image, right=0.5, down=0)[0, :, 0].tolist() == [0, 5, 15, 40]
    assert inside((1, 4), right=0.5, down=0).tolist() == [[False, True, True, True]]
    assert inside((1, 4), right=-0.5, down=0).tolist() == [[True, True, True, False]]


def test_shift_keeps_the_axis_of_a_single_band():
    image = np.arange(12, dtype=np.float32).reshape(3, 4, 1)
    moved = shift(image, right=1, down=0)
    assert moved.shape == (3, 4, 1)
    assert moved[..., 0].tolist() == [[0, 0, 1, 2], [4, 4, 5, 6], [8, 8, 9, 10]]


@pytest.mark.parametrize("subpixel", [True, False])
def test_one_date_moves_and_the_mask_stays(subpixel):
    rng = np.random.default_rng(0)
    before, after = rng.integers(0, 256, (2, 12, 12, 3), np.uint8)
    mask = (rng.random((12, 12)) < 0.5).astype(np.uint8)
    np.random.seed(0)  # noqa: NPY002 - as the transforms draw
    moved, whole = set(), 0
    for _ in range(20):
        results = {"before": before.copy(), "after": after.copy(), "gt_mask": mask.copy()}
        results = RandomShift(max_shift=2, subpixel=subpixel, prob=1)(results)
        changed = [
            key
            for key, old in (("before", before), ("after", after))
            if not np.array_equal(results[key], old)
        ]
        assert len(changed) <= 1
        moved.update(changed)
        known = results["gt_mask"] != registration.IGNORED
        assert known[2:-2, 2:-2].all()
        assert np.array_equal(results["gt_mask"][known], mask[known])
        if changed and not subpixel:
            old = {"before": before, "after": after}[changed[0]]
            fits = [
                np.array_equal(results[changed[0]][2:-2, 2:-2], old[2 - y : 10 - y, 2 - x : 10 - x])
                for x in range(-2, 3)
                for y in range(-2, 3)
            ]
            assert sum(fits) == 1
        whole += known.all()
    assert moved == {"before", "after"}
    assert whole < 20


@pytest.mark.parametrize("date", ["before", "after"])
def test_the_semantic_map_of_the_date_moves_with_it(monkeypatch, date):
    monkeypatch.setattr(np.random, "randint", lambda _: ("before", "after").index(date))
    monkeypatch.setattr(np.random, "uniform", lambda *_: (2.0, -1.0))
    classes = np.arange(12, dtype=np.uint8).reshape(3, 4)
    results = {key: np.zeros((3, 4, 3), np.uint8) for key in ("before", "after")}
    results |= {f"{key}_semantic": classes.copy() for key in ("before", "after")}
    results = RandomShift(prob=1)(results)
    other = {"before": "after", "after": "before"}[date]
    expected = [[IGNORED, IGNORED, 4, 5], [IGNORED, IGNORED, 8, 9], [IGNORED] * 4]
    assert results[f"{date}_semantic"].tolist() == expected
    assert results[f"{date}_semantic"].dtype == np.uint8
    assert np.array_equal(results[f"{other}_semantic"], classes)


def test_parts_of_a_pixel_mix_no_classes(monkeypatch):
    monkeypatch.setattr(np.random, "randint", lambda _: 0)
    monkeypatch.setattr(np.random, "uniform", lambda *_: (0.25, 0.0))
    results = {key: np.zeros((1, 4, 3), np.uint8) for key in ("before", "after")}
    results["before_semantic"] = np.array([[1, 9, 9, 5]], np.uint8)
    assert RandomShift(prob=1)(results)["before_semantic"].tolist() == [[IGNORED, 9, 9, 5]]


def test_chance_of_a_shift():
    results = {"before": np.zeros((4, 4, 3), np.uint8), "after": np.zeros((4, 4, 3), np.uint8)}
    assert RandomShift(prob=0)(results) is results
    assert registration.IGNORED == IGNORED
