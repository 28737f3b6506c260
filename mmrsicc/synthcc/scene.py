"""A scene: its ground, the sites on it, and what stands on them at each date."""

from dataclasses import dataclass

from mmrsicc.synthcc.geometry import Path, Plot
from mmrsicc.synthcc.kinds import Change

Site = Plot | Path

#: A single tree: x, y, diameter, seed of its appearance.
Tree = tuple[float, float, float, int]


@dataclass(frozen=True)
class Ground:
    """Land cover of a scene.

    Attributes:
        covers: One or two land covers; the second, which may be ``water``, lies where the field
            ``border_seed`` plus a slope in direction ``slope`` exceeds ``level``.
        border_seed: Seed of the border's shape.
        slope: Direction in which the second cover lies, in radians.
        level: How far from the middle the border runs, as a share of the scene's side.
        tint: Factor of red, green and blue of all land covers.
        crops: Upper left corner of the crop taken from each cover's tile.
        turns: Quarter turns of that crop.
    """

    covers: tuple[str, ...]
    border_seed: int
    slope: float
    level: float
    tint: tuple[float, float, float]
    crops: tuple[tuple[int, int], ...]
    turns: tuple[int, ...]


@dataclass(frozen=True)
class Thing:
    """Thing that stands on a site.

    Attributes:
        kind: One of :data:`mmrsicc.synthcc.kinds.KINDS`.
        count: How many, for kinds that are counted; else 1.
        extent: Share of the site that it takes up.
        seed: Fixes its looks, at both dates.
    """

    kind: str
    count: int = 1
    extent: float = 1.0
    seed: int = 0


#: Objects at one date by the index of their site.
State = dict[int, Thing]


@dataclass(frozen=True)
class Event:
    """One change of a pair.

    Attributes:
        change: What happened.
        kind: To what: what appeared, disappeared, grew or dwindled; for ``replace`` what is there
            now.
        count: How many of it.
        site: Index of the site.
        land: Land cover of the site.
        replaced: For ``replace``: kind of what was there before.
        replaced_count: How many of that.
        place: One of the nine places, or None where it lies between two.
        relations: Pairs of a preposition and a thing that is there at both dates, or a road that is
            there at the second: ``("along", "road")``, ``("beside", "houses")``.
    """

    change: Change
    kind: str
    count: int
    site: int
    land: str
    replaced: str | None = None
    replaced_count: int = 0
    place: str | None = None
    relations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ScenePair:
    """A place at two dates.

    Attributes:
        size: Side in pixels.
        ground: Its land cover.
        sites: Roads and plots.
        before: What stood on the sites at the first date.
        after: What stands on them at the second.
        trees: Single trees that are there at both dates.
        events: What changed between the dates, largest first.
    """

    size: int
    ground: Ground
    sites: tuple[Site, ...]
    before: State
    after: State
    trees: tuple[Tree, ...] = ()
    events: tuple[Event, ...] = ()
