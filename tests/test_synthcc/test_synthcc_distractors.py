"""SynthCC's distractors do what their strengths say, and nothing at strength 0."""

import math
from dataclasses import replace
from random import Random

import cv2
import numpy as np
import pytest
from test_synthcc_pixels import SIZE, draw_scenes, ground_of, photograph

from mmrsicc.synthcc.distractors import (
    DISTRACTORS,
    SEEN_STRENGTH,
    draw_captures,
    draw_strengths,
)
from mmrsicc.synthcc.ground import land_map
from mmrsicc.synthcc.render import View, render


@pytest.fixture(scope="module")
def scenes():
    """Unchanged scenes with paved roads."""
    drawn = draw_scenes(20, changed=False)
    return [s for s in drawn if any(getattr(site, "paved", False) for site in s.sites)][:5]


def captures(name, strength, seed=0):
    return draw_captures(Random(seed), {**dict.fromkeys(DISTRACTORS, 0.0), name: strength})


@pytest.mark.parametrize("name", DISTRACTORS)
def test_each_distractor_alters_pictures_by_its_strength(scenes, name):
    def difference(strength):
        pairs = [photograph(scene, seed, **{name: strength})[1] for seed, scene in cases]
        return [np.abs(a.astype(int) - b).mean() for a, b in pairs]

    cases = list(enumerate(scenes))
    weak, strong = difference(0.2), difference(1.0)
    assert sum(strong) > sum(weak)
    assert sum(value > 0 for value in strong) >= (3 if name == "traffic" else len(cases))


def test_strengths():
    """Half of the distractors in most splits; all, and all stronger, in the unseen one."""
    random = Random(1)
    seen = [draw_strengths(random, unseen=False) for _ in range(200)]
    unseen = [draw_strengths(random, unseen=True) for _ in range(50)]
    for name in DISTRACTORS:
        values = [strengths[name] for strengths in seen]
        assert 0.4 < np.mean([value > 0 for value in values]) < 0.6
        assert 0.5 * SEEN_STRENGTH < max(values) <= SEEN_STRENGTH
        others = [strengths[name] for strengths in unseen]
        assert max(values) < min(others) and max(others) <= 1


@pytest.mark.parametrize("seed", range(5))
def test_misregistration_is_what_is_drawn(scenes, seed):
    """Measured by phase correlation; up to 3 pixels at strength 1."""
    strength = (0.2, 0.4, 0.6, 0.8, 1.0)[seed]
    (_, second), images = photograph(scenes[seed], seed, misregistration=strength)
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64) for image in images]
    window = cv2.createHanningWindow((SIZE, SIZE), cv2.CV_64F)
    measured, _ = cv2.phaseCorrelate(*grey, window)
    assert np.abs(np.array(measured) - np.array(second.view.shift) / 2).max() < 0.5
    assert math.hypot(*measured) == pytest.approx(3 * strength, abs=0.5)


def test_the_label_lies_on_the_first_date(scenes):
    """Whatever the misregistration, the first date does not move."""
    first = [photograph(scenes[0], 0, misregistration=value)[1][0] for value in (0.0, 1.0)]
    assert np.array_equal(*first)


def test_shadows_lie_away_from_the_sun():
    """Of buildings alone: what one sun darkens and the opposite one does not."""
    tall = {"house", "villa", "building"}
    checked = 0
    for scene in draw_scenes(8, changed=False, seed=2):
        state = {index: thing for index, thing in scene.after.items() if thing.kind in tall}
        bare = replace(scene, before=state, after=state, trees=())
        if not state:
            continue
        land = land_map(scene.ground, SIZE)
        for axis, (left, right) in enumerate((((1.5, 0), (-1.5, 0)), ((0, 1.5), (0, -1.5)))):
            one, other = (
                render(bare, state, View(0.5, sun, (0, 0), 0), land).astype(int).sum(-1)
                for sun in (left, right)
            )
            footprint = ground_of(bare, state, state)
            shifts = []
            for dark in (other - one > 60, one - other > 60):
                dark &= ~footprint
                shifts.append(np.argwhere(dark).mean(0)[1 - axis])
            assert shifts[0] > shifts[1] + 3
            checked += 1
    assert checked >= 6


def test_the_sun_turns_with_its_strength():
    for seed in range(5):
        angles = []
        for strength in (0.0, 0.3, 0.6, 1.0):
            suns = [complex(*capture.view.sun) for capture in captures("sun angle", strength, seed)]
            angles.append(abs(np.angle(suns[0] / suns[1])))
        assert angles[0] == 0 and angles == sorted(set(angles))
        assert angles[-1] > math.radians(45)


def test_noise_has_the_deviation_that_is_said():
    flat = np.full((SIZE, SIZE, 3), 128, np.uint8)
    for strength in (0.3, 0.6, 1.0):
        first, second = captures("noise", strength)
        assert np.array_equal(first.expose(flat), flat)
        noisy = second.expose(flat).astype(float)
        # The mean of whole numbers that were cut off may be half a level low.
        assert noisy.mean() == pytest.approx(128, abs=0.7)
        assert noisy.std() == pytest.approx(second.noise, rel=0.1)
        row, below = noisy[:-1, :, 0].ravel(), noisy[1:, :, 0].ravel()
        assert abs(np.corrcoef(row, below)[0, 1]) < 0.03


def test_noise_differs_between_pairs():
    flat = np.full((64, 64, 3), 128, np.uint8)
    looks = {captures("noise", 1.0, seed)[1].expose(flat).tobytes() for seed in range(6)}
    assert len(looks) == 6


def test_blur_spreads_light_and_keeps_its_sum():
    spot = np.zeros((9, 9, 3), np.uint8)
    spot[4, 4] = 160
    peaks = []
    for strength in (0.0, 0.5, 1.0):
        blurred = captures("blur", strength)[1].expose(spot).astype(int)
        assert blurred[..., 0].sum() == pytest.approx(160, abs=5)
        assert not blurred[:3].any() and np.array_equal(blurred, blurred[::-1, ::-1])
        peaks.append(blurred[4, 4, 0])
    assert peaks[0] == 160 and peaks == sorted(peaks, reverse=True) and peaks[2] == 40


def test_light_haze_and_cast_keep_the_order_of_tones():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    for seed in range(10):
        bright = {}
        for name in ("illumination", "haze", "color cast"):
            seen = captures(name, 1.0, seed)[1].expose(ramp)[0].astype(int)
            assert (np.diff(seen, axis=0) >= 0).all()
            bright[name] = seen
        # Haze lifts the dark and narrows the range.
        assert (bright["haze"][0] > 40).all() and np.ptp(bright["haze"], axis=0).max() < 200
        # Light is the same for all colours, a cast is not.
        light, cast = bright["illumination"][128], bright["color cast"][128]
        assert np.ptp(light) <= 1 < np.ptp(cast)
