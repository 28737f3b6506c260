"""Events of a scene: the things on a layout, and what changes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random
from typing import TypeVar

import cv2
import numpy as np

from mmrsicc.synthcc.geometry import Path, Plot, Polygon
from mmrsicc.synthcc.ground import MARGIN, covers_at, draw_ground, land_map
from mmrsicc.synthcc.kinds import COUNTED, PLACES, REPLACEMENTS, RESIZABLE, Change
from mmrsicc.synthcc.labels import paint_change
from mmrsicc.synthcc.layout import draw_sites
from mmrsicc.synthcc.mixes import Mix
from mmrsicc.synthcc.scene import Event, ScenePair, Site, State, Thing, Tree

_Name = TypeVar("_Name", bound=str)

_NUMBER_OF_EVENTS = ((1, 2, 3), (0.6, 0.28, 0.12))

#: Smallest length and depth in pixels of a plot that holds a kind.
_FITS = {
    "house": (34, 30),
    "villa": (44, 38),
    "building": (54, 40),
    "parking lot": (54, 38),
    "playground": (60, 44),
    "swimming pool": (34, 30),
    "lake": (50, 44),
    "woods": (46, 40),
    "tree": (34, 30),
}
#: Pixels of a plot's length per object, for kinds that occur in groups.
_PITCH = {"house": 26, "villa": 42, "tree": 18}
#: Kinds that must not overlap a road.
_OPEN_ONLY = ("lake", "woods")
#: Pixels between a thing and its neighbour up to which it counts as beside, 12 m.
_BESIDE = 24
#: How far, as a share of the side, a centre must be from the lines between places.
_PLACE_MARGIN = 0.02


def draw_pair(random: Random, size: int, changed: bool, mix: Mix) -> ScenePair:
    """Draw a scene and, for a changed pair, one to three events on it.

    Args:
        random: Source of all choices.
        size: Side in pixels.
        changed: Whether something changes.
        mix: How often what stands there and what changes.
    """
    ground = draw_ground(random, size)
    lands = land_map(ground, size)
    sites = draw_sites(random, size, ground, lands)
    while changed and not any(isinstance(site, Plot) for site in sites):
        sites = draw_sites(random, size, ground, lands)
    number = random.choices(*_NUMBER_OF_EVENTS)[0] if changed else 0
    before, after = _draw_events(random, sites, number, mix)
    _furnish(random, sites, before, after, mix)
    trees = _scatter_trees(random, sites, size)
    dry = [tree for tree in trees if covers_at(ground, lands, [tree[:2]]) != ["water"]]
    pair = ScenePair(size, ground, sites, before, after, tuple(dry))
    return replace(pair, events=_describe(pair, lands))


def _draw_events(
    random: Random, sites: tuple[Site, ...], number: int, mix: Mix
) -> tuple[State, State]:
    """Things at both dates on the sites where something changes."""
    before: State = {}
    after: State = {}
    roads = [index for index, site in enumerate(sites) if isinstance(site, Path)]
    plots = [index for index, site in enumerate(sites) if isinstance(site, Plot)]
    built = None
    if number and roads and random.random() < 0.25:
        built = random.choice(roads)
        _set_road_event(random, built, before, after, mix)
        number -= 1
    for index in random.sample(plots, min(number, len(plots))):
        plot = sites[index]
        assert isinstance(plot, Plot)
        # No objects along a road that does not exist.
        only_new = built is not None and plot.road == built
        change: Change = "appear"
        if not only_new:
            change = _choose(random, mix.changes)
        _set_plot_event(random, index, plot, change, before, after, mix)
    return before, after


def _set_road_event(random: Random, index: int, before: State, after: State, mix: Mix) -> None:
    change = _choose(random, mix.road_changes)
    road = Thing("road", seed=random.getrandbits(32))
    if change != "appear":
        before[index] = replace(road, extent=0.5) if change == "extend" else road
    if change != "disappear":
        after[index] = road


def _set_plot_event(
    random: Random, index: int, plot: Plot, change: Change, before: State, after: State, mix: Mix
) -> None:
    """Fall back on something that appears where the plot cannot hold another change."""
    fits = _fitting(plot, mix)
    if change == "replace":
        olds = [kind for kind in fits if set(REPLACEMENTS.get(kind, ())) & set(fits)]
        if olds:
            old = random.choice(olds)
            new = random.choice([kind for kind in REPLACEMENTS[old] if kind in fits])
            before[index] = _draw_thing(random, old, plot)
            after[index] = _draw_thing(random, new, plot)
            return
    if change in ("extend", "shrink"):
        kinds = [kind for kind in fits if kind in RESIZABLE]
        if kinds:
            large = _draw_thing(random, random.choice(kinds), plot)
            small = replace(large, extent=0.5)
            before[index], after[index] = (small, large) if change == "extend" else (large, small)
            return
    thing = _draw_thing(random, _choose(random, fits), plot)
    (before if change == "disappear" else after)[index] = thing


def _choose(random: Random, weights: Mapping[_Name, float]) -> _Name:
    return random.choices(tuple(weights), tuple(weights.values()))[0]


def _fitting(plot: Plot, mix: Mix) -> dict[str, float]:
    """Kinds that the plot can hold, with their weights."""
    fits = {
        kind: mix.kinds[kind]
        for kind, (length, depth) in _FITS.items()
        if plot.length >= length
        and plot.depth >= depth
        and not (plot.road is not None and kind in _OPEN_ONLY)
    }
    if plot.land == "woods":
        # Trees among trees cannot be distinguished.
        fits = {kind: weight for kind, weight in fits.items() if kind not in ("woods", "tree")}
    return fits


def _draw_thing(random: Random, kind: str, plot: Plot) -> Thing:
    count = 1
    if kind in COUNTED:
        most = min(5, max(1, int(plot.length / _PITCH[kind])))
        count = most if random.random() < 0.4 else random.randint(1, most)
    return Thing(kind, count, seed=random.getrandbits(32))


def _furnish(
    random: Random, sites: tuple[Site, ...], before: State, after: State, mix: Mix
) -> None:
    """Fill other sites with what stays as it is."""
    changed = set(before) | set(after)
    new_roads = {
        index for index, site in enumerate(sites) if isinstance(site, Path) and index in changed
    }
    for index, site in enumerate(sites):
        if index in changed:
            continue
        if isinstance(site, Path):
            before[index] = after[index] = Thing("road", seed=random.getrandbits(32))
        elif site.road not in new_roads and random.random() < (0.6 if site.road is None else 0.75):
            fits = _fitting(site, mix)
            if site.road is not None:
                # Streets are lined with houses.
                fits = {**fits, "house": 2 * fits["house"], "villa": 2 * fits.get("villa", 0)}
            before[index] = after[index] = _draw_thing(random, _choose(random, fits), site)


def _scatter_trees(random: Random, sites: tuple[Site, ...], size: int) -> list[Tree]:
    """Single trees off all sites."""
    number = int(random.choice((0, 4, 10, 24, 50)) * (size / 256) ** 2)
    outlines = [site.outline(1.0) if isinstance(site, Path) else site.rectangle() for site in sites]
    trees: list[Tree] = []
    for _ in range(number):
        x, y = random.uniform(-MARGIN, size + MARGIN), random.uniform(-MARGIN, size + MARGIN)
        diameter, seed = random.uniform(6, 17), random.getrandbits(32)
        if not any(_near(outline, x, y, diameter / 2 + 2) for outline in outlines):
            trees.append((x, y, diameter, seed))
    return trees


def _near(polygon: Polygon, x: float, y: float, reach: float) -> bool:
    return cv2.pointPolygonTest(np.asarray(polygon, np.float32), (x, y), True) > -reach


def _describe(pair: ScenePair, lands: np.ndarray) -> tuple[Event, ...]:
    """The events between the two states, largest first."""
    found = []
    for index in sorted(set(pair.before) | set(pair.after)):
        old, new = pair.before.get(index), pair.after.get(index)
        if old != new:
            found.append(_event(pair, index, old, new, lands))
    return tuple(sorted(found, key=lambda event: -_area(pair, event.site)))


def _event(
    pair: ScenePair, index: int, old: Thing | None, new: Thing | None, lands: np.ndarray
) -> Event:
    site = pair.sites[index]
    thing = new or old
    assert thing is not None
    event = Event(
        _change(old, new),
        thing.kind,
        thing.count,
        index,
        _land(pair, index, lands) if isinstance(site, Path) else site.land,
        place=None if isinstance(site, Path) else _place(pair, index),
        relations=_relations(pair, index, lands),
    )
    if event.change == "replace" and old is not None:
        event = replace(event, replaced=old.kind, replaced_count=old.count)
    return event


def _change(old: Thing | None, new: Thing | None) -> Change:
    if old is None or new is None:
        return "appear" if old is None else "disappear"
    if old.kind != new.kind:
        return "replace"
    return "extend" if new.extent > old.extent else "shrink"


def _area(pair: ScenePair, index: int) -> float:
    site = pair.sites[index]
    return site.width * pair.size if isinstance(site, Path) else site.length * site.depth


def _place(pair: ScenePair, index: int) -> str | None:
    """Ninth of the scene that the changed pixels lie in, on the average.

    None too near the line between two, and where all of a thing that grew or dwindled lies in
    another ninth than the part that changed.
    """
    old, new = pair.before.get(index), pair.after.get(index)
    label = np.zeros((pair.size, pair.size), np.uint8)
    paint_change(label, pair.sites[index], old, new)
    places = {_ninth(label)}
    if old is not None and new is not None and old.kind == new.kind:
        paint_change(label, pair.sites[index], None, max(old, new, key=lambda t: t.extent))
        places.add(_ninth(label))
    return places.pop() if len(places) == 1 else None


def _ninth(label: np.ndarray) -> str | None:
    rows, columns = np.nonzero(label)
    if not len(rows):
        return None
    thirds = 3 * (np.array([columns.mean(), rows.mean()]) + 0.5) / len(label)
    lines = np.clip(np.rint(thirds), 1, 2)
    if (np.abs(thirds - lines) < 3 * _PLACE_MARGIN).any():
        return None
    column, row = thirds.astype(int)
    return PLACES[row][column]


def _land(pair: ScenePair, index: int, lands: np.ndarray) -> str:
    """Land cover under most of what changed of a road."""
    label = np.zeros((pair.size, pair.size), np.uint8)
    paint_change(label, pair.sites[index], pair.before.get(index), pair.after.get(index))
    rows, columns = np.nonzero(label)
    under = covers_at(pair.ground, lands, zip(columns, rows, strict=True))
    return max(pair.ground.covers, key=under.count)


def _relations(pair: ScenePair, index: int, lands: np.ndarray) -> tuple[tuple[str, str], ...]:
    """Things that a thing lies along or beside: lasting ones, or a road, new or old."""
    site = pair.sites[index]
    if isinstance(site, Path):
        return ()
    found = []
    if site.road is not None and pair.after.get(site.road) is not None:
        found.append(("along", "road"))
    own = [state[index] for state in (pair.before, pair.after) if index in state]
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _BESIDE + 1,) * 2)
    near = cv2.dilate(_covered(pair.size, site, own), reach) > 0
    for other, thing in pair.after.items():
        neighbour = pair.sites[other]
        if isinstance(neighbour, Path) or pair.before.get(other) != thing:
            continue
        if thing.kind in {"tree", *(t.kind for t in own)}:
            continue
        if near[_covered(pair.size, neighbour, [thing]) > 0].any():
            found.append(("beside", thing.kind + "s" * (thing.count > 1)))
    shown = lands[MARGIN : MARGIN + pair.size, MARGIN : MARGIN + pair.size]
    covers = {pair.ground.covers[number] for number in np.unique(shown[near])}
    if "water" in covers:
        found.append(("beside", "lake"))
    if "woods" in covers and site.land != "woods":
        found.append(("beside", "woods"))
    return tuple(dict.fromkeys(found))


def _covered(size: int, site: Site, things: Iterable[Thing]) -> np.ndarray:
    """Ground under things of a site, (size, size) uint8, not 0."""
    label = np.zeros((size, size), np.uint8)
    for thing in things:
        paint_change(label, site, None, thing)
    return label
