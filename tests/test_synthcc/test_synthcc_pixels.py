"""SynthCC's pictures and masks show what its events say, and nothing else."""

from collections import Counter
from random import Random

import cv2
import numpy as np
import pytest

from mmrsicc.synthcc.distractors import DISTRACTORS, draw_captures
from mmrsicc.synthcc.drawing import SCALE, crown_sprite
from mmrsicc.synthcc.events import draw_pair
from mmrsicc.synthcc.ground import MARGIN, land_map
from mmrsicc.synthcc.kinds import KINDS, LABELS
from mmrsicc.synthcc.labels import label_image
from mmrsicc.synthcc.mixes import MIXES
from mmrsicc.synthcc.render import render
from mmrsicc.synthcc.shapes import footprints

SIZE = 256
#: How far, in pixels, shadows, yards and aprons reach beyond the site of an event.
SURROUNDINGS = 24
COLUMNS, ROWS = ("left", "", "right"), ("top", "", "bottom")


def photograph(scene, seed=0, **strengths):
    """How both dates were taken, and their images; no distractor but those named."""
    captures = draw_captures(Random(seed), {**dict.fromkeys(DISTRACTORS, 0.0), **strengths})
    land = land_map(scene.ground, scene.size)
    states = scene.before, scene.after
    images = [
        capture.expose(render(scene, state, capture.view, land))
        for capture, state in zip(captures, states, strict=True)
    ]
    return captures, images


def draw_scenes(number, changed, seed=11):
    random = Random(seed)
    return [draw_pair(random, SIZE, changed, MIXES["even"]) for _ in range(number)]


@pytest.fixture(scope="module")
def scenes():
    return draw_scenes(200, changed=True)


@pytest.fixture(scope="module")
def singles(scenes):
    """The one event of each scene that has but one, its label and its scene."""
    return [(s.events[0], label_image(s), s) for s in scenes if len(s.events) == 1]


def raster(polygons):
    mask = np.zeros((SIZE, SIZE), np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [np.rint(polygon).astype(np.int32)], 1)
    return mask > 0


def ground_of(scene, state, sites):
    """Where the things on some sites stand at one date."""
    return raster(
        shape
        for index in sites
        if index in state
        for shape in footprints(state[index], scene.sites[index])
    )


def sites_of(scene, *kinds):
    """Sites that bear one of these kinds at the second date."""
    return {index for index, thing in scene.after.items() if thing.kind in kinds}


def land_at(scene):
    """Name of the land cover of each pixel, without the margin."""
    inside = land_map(scene.ground, SIZE)[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return np.asarray(scene.ground.covers)[inside]


def test_labels_are_levir_mcis_and_apart_from_them():
    """As LEVIR-MCI: 128 road, 255 building; a binary reader takes from 128 for changed."""
    assert LABELS["road"] == 128
    assert {LABELS[kind] for kind in ("house", "villa", "building")} == {255}
    assert set(LABELS) == set(KINDS)
    assert all(128 <= value <= 255 for value in LABELS.values())
    others = [v for kind, v in LABELS.items() if kind not in ("road", "house", "villa", "building")]
    assert not {128, 255} & set(others)


def test_label_values_are_those_of_the_kinds(scenes):
    for scene in scenes:
        found = set(np.unique(label_image(scene)).tolist()) - {0}
        kinds = {LABELS[event.kind] for event in scene.events}
        lost = {LABELS[event.replaced] for event in scene.events if event.replaced}
        assert kinds <= found <= kinds | lost, scene.events


def test_label_covers_what_changed(scenes):
    """All that is at either date alone, and both halves of a replacement."""
    replacements = draw_scenes(300, changed=True, seed=13)
    replacements = [s for s in replacements if any(event.replaced for event in s.events)]
    assert len(replacements) >= 8
    for scene in scenes[:100] + replacements:
        changed = np.zeros((SIZE, SIZE), bool)
        for event in scene.events:
            dates = [ground_of(scene, state, [event.site]) for state in (scene.before, scene.after)]
            changed |= dates[0] | dates[1] if event.replaced else dates[0] ^ dates[1]
        roads = sites_of(scene, "road") - {event.site for event in scene.events}
        changed &= ~ground_of(scene, scene.after, roads)
        outer = cv2.dilate(changed.astype(np.uint8), np.ones((3, 3), np.uint8))
        inner = cv2.erode(changed.astype(np.uint8), np.ones((5, 5), np.uint8))
        label = label_image(scene)
        assert label[inner > 0].all() and not label[outer == 0].any(), scene.events


def test_label_lies_in_the_place_of_its_event(singles):
    seen = Counter()
    for event, label, _ in singles:
        if event.place is not None:
            row, column = (int(np.mean(at) * 3 / SIZE) for at in np.nonzero(label))
            place = f"{ROWS[row]} {COLUMNS[column]}".strip() or "center"
            assert place == event.place, event
            seen[place] += 1
    assert len(seen) == 9 and seen.total() > 40


def test_label_has_as_many_buildings_as_the_events_count(scenes):
    seen = Counter()
    for scene in scenes:
        events = [event for event in scene.events if LABELS[event.kind] == 255]
        lost = any(LABELS[event.replaced] == 255 for event in scene.events if event.replaced)
        if not lost and {event.change for event in events} <= {"appear", "disappear"}:
            buildings = (label_image(scene) == 255).astype(np.uint8)
            parts = cv2.connectedComponents(buildings)[0] - 1
            assert parts == sum(event.count for event in events), events
            seen.update((event.kind, event.count) for event in events)
    assert len(seen) >= 6


def test_label_lies_on_the_land_of_its_event(singles):
    for event, label, scene in singles:
        under = Counter(land_at(scene)[label > 0].tolist())
        if event.kind == "road":
            assert under[event.land] == max(under.values()), event
        else:
            assert under[event.land] >= 0.9 * under.total(), (event, under)


def test_neighbours_are_near(scenes):
    """Along a road: within 20 m of its edge; beside something: within 12 m."""
    seen = Counter()
    told = [(s, e, *e.relations[0]) for s in scenes for e in s.events if e.relations]
    for scene, event, preposition, thing in told:
        there = ground_of(scene, scene.after, sites_of(scene, thing, thing.removesuffix("s")))
        there |= land_at(scene) == {"lake": "water"}.get(thing, thing)
        distance = cv2.distanceTransform((~there).astype(np.uint8), cv2.DIST_L2, 5)
        own = [ground_of(scene, state, [event.site]) for state in (scene.before, scene.after)]
        assert distance[own[0] | own[1]].min() <= {"along": 40, "beside": 25}[preposition], event
        seen[preposition] += 1
    assert seen["along"] > 50 and seen["beside"] > 5


def test_pictures_change_at_events_and_nowhere_else(scenes):
    """Also those of several events, among them new roads beside old ones."""
    for scene in scenes[:30]:
        _, (before, after) = photograph(scene)
        difference = np.abs(before.astype(int) - after).max(axis=-1)
        sites = [scene.sites[event.site] for event in scene.events]
        near = raster(
            site.outline(1.0) if hasattr(site, "points") else site.rectangle() for site in sites
        )
        away = cv2.distanceTransform((~near).astype(np.uint8), cv2.DIST_L2, 5)
        assert away[difference > 0].max() <= SURROUNDINGS, scene.events
        label = label_image(scene)
        assert (difference[label > 0] > 5).mean() > 0.7, scene.events


def test_unchanged_pairs_are_the_same_twice():
    for scene in draw_scenes(6, changed=False):
        assert scene.events == () and scene.before == scene.after
        assert not label_image(scene).any()
        _, (before, after) = photograph(scene)
        assert np.array_equal(before, after)


def test_pictures_are_not_blank():
    """Scenes differ from each other, and each has texture."""
    images = [photograph(scene)[1][0] for scene in draw_scenes(4, changed=False, seed=12)]
    assert all(image.shape == (SIZE, SIZE, 3) and image.dtype == np.uint8 for image in images)
    assert all(image.std() > 8 for image in images)
    assert len({image.tobytes() for image in images}) == len(images)


@pytest.mark.parametrize("diameter", [6, 6.4, 7, 8.2, 12, 17])
def test_trees_are_drawn_as_large_as_they_are(diameter):
    """Half pixels on the canvas."""
    _, mask, _ = crown_sprite(50, 50, diameter, 4)
    assert abs(len(mask) - diameter * SCALE) <= 3
