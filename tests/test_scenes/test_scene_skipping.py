"""What is skipped, and what a prefilter loses."""

import numpy as np
import pytest
from fabricated_scenes import brightness_captioner, texture

pytest.importorskip("geopandas", reason="scenes need the extra geo")

from mmrsicc.scenes import SceneSettings, caption_scene
from mmrsicc.scenes.pair import PairPixels
from mmrsicc.scenes.parts import read_part
from mmrsicc.scenes.skipping import difference, prefilter_costs, skip_reason


def pixels(before: np.ndarray, after: np.ndarray, valid: np.ndarray | None = None) -> PairPixels:
    valid = np.ones(before.shape[:2], bool) if valid is None else valid
    return PairPixels(before, after, valid, bool((before == after)[valid].all()))


def test_the_difference_does_not_see_light_but_sees_change():
    before = texture(64, 64).transpose(1, 2, 0)
    lighter = (before * 0.7 + 50).astype(np.uint8)
    other = texture(64, 64, seed=1).transpose(1, 2, 0)
    assert difference(pixels(before, before)) == 0
    assert difference(pixels(before, lighter)) < 0.03
    # The mean absolute difference of two independent standard normal variables is 2 / sqrt(pi).
    assert difference(pixels(before, other)) == pytest.approx(2 / np.sqrt(np.pi), rel=0.05)
    valid = np.zeros((64, 64), bool)
    valid[:32] = True
    half = before.copy()
    half[32:] = 0
    assert difference(pixels(before, half, valid)) == 0


def test_noise_on_a_flat_tile_is_not_blown_up():
    noise = np.random.default_rng(0).integers(100, 103, (2, 64, 64, 3), dtype=np.uint8)
    assert difference(pixels(noise[0], noise[1])) < 0.2


def test_reasons():
    same, other = (texture(8, 8, seed).transpose(1, 2, 0) for seed in (0, 1))
    assert skip_reason(pixels(same, same), None, None) == "no data"
    assert skip_reason(pixels(same, same), 0.0, None) == "identical"
    assert skip_reason(pixels(same, other), 0.3, 0.4) == "prefilter"
    assert skip_reason(pixels(same, other), 0.4, 0.4) is None
    assert skip_reason(pixels(same, other), 0.0, None) is None


def test_the_costs_of_a_prefilter_are_those_of_really_using_it(tmp_path, changed_scenes):
    """What a run without a prefilter foretells, runs with it must show."""
    before, after = changed_scenes

    def results(name, prefilter):
        settings = SceneSettings(tile=40, overlap=8, prefilter=prefilter)
        caption_scene(brightness_captioner, [before], [after], tmp_path / name, settings)
        (part,) = (tmp_path / name / "parts").glob("*/*.parquet")
        return read_part(part).tiles

    without = results("without", None)
    lost = []
    for cost in prefilter_costs(without, (0.02, 0.3, 0.9)):
        run = results(str(cost.threshold), cost.threshold)
        assert cost.skipped == sum(r.skipped == "prefilter" for r in run)
        assert cost.lost == sum(r.changed for r in without) - sum(r.changed for r in run)
        lost.append(cost.lost)
    assert lost[0] == 0 < lost[-1]
