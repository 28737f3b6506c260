"""The unit of work: one block of a scene to its change objects.

A block's result depends on the scene, the settings and the models alone, never on other blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import shapely

from mmrsicc.scenes.masking import Masker, Votes
from mmrsicc.scenes.pair import PairPixels, ScenePair
from mmrsicc.scenes.results import BlockResult, Captioner, ChangeObject, TileFacts
from mmrsicc.scenes.settings import SceneSettings
from mmrsicc.scenes.shapes import (
    highlighted,
    join_parts,
    mask_parts,
    share_pixels,
    tile_box,
    window_around,
)
from mmrsicc.scenes.skipping import difference, skip_reason
from mmrsicc.scenes.tiles import Tile, TileGrid

#: Decimals of scores and probabilities; further ones depend on the other pairs of a batch.
_DECIMALS = 4

#: A geometry and its pixels.
_Place = tuple[shapely.Geometry, PairPixels]


class BlockCaptioner:
    """Captions blocks of a scene.

    Args:
        pair: The scenes.
        captioner: Says what changed in a batch of pairs.
        masker: Finds what changed; None captions tiles instead of objects.
        settings: How the scene is cut, and objects are made.
        least: Least area of an object in pixels.
        batch_size: Pairs per call of the captioner.
        on_tiles: Called with the number of tiles that were done.
    """

    def __init__(
        self,
        pair: ScenePair,
        captioner: Captioner,
        masker: Masker | None,
        settings: SceneSettings,
        least: float,
        batch_size: int = 16,
        on_tiles: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._pair, self._captioner, self._masker = pair, captioner, masker
        self._settings, self._least = settings, least
        self._batch_size, self._on_tiles = batch_size, on_tiles
        size = pair.grid.width, pair.grid.height
        self._grid = TileGrid(*size, settings.tile, settings.overlap)

    def __call__(self, block: Tile) -> BlockResult:
        """The result of a block.

        Raises:
            ValueError: A file is damaged, or the captioner fails; names the place.
        """
        if self._masker is None:
            return self._tiles(block)
        return self._objects(block, self._masker)

    def _tiles(self, block: Tile) -> BlockResult:
        """A sentence per tile."""
        facts: list[TileFacts] = []

        def places() -> Iterator[_Place]:
            for tile in self._grid.begun_in(block):
                pixels, fact = self._look(tile)
                facts.append(fact)
                if fact.skipped is None:
                    yield tile_box(tile), pixels
                self._on_tiles(1)

        objects = list(self._caption(places(), "tile"))
        said = iter(objects)
        tiles = [
            fact
            if fact.skipped is not None
            else TileFacts(None, fact.difference, next(said).changed)
            for fact in facts
        ]
        return BlockResult(objects, tiles)

    def _objects(self, block: Tile, masker: Masker) -> BlockResult:
        """A mask, and a sentence per object of it."""
        votes = Votes(block)
        own = {tile.index for tile in self._grid.begun_in(block)}
        facts: list[TileFacts] = []
        looked_at: list[Tile] = []
        for batch in _batches(self._grid.over(block), self._batch_size):
            seen = [(tile, *self._look(tile)) for tile in batch]
            wanted = [pixels for _, pixels, fact in seen if fact.skipped is None]
            scores = iter(masker(wanted) if wanted else ())
            for tile, pixels, fact in seen:
                score = next(scores) if fact.skipped is None else None
                votes.add(tile, score, pixels.valid)
                if tile.index not in own:
                    continue
                facts.append(fact)
                if score is not None:
                    looked_at.append(tile)
            self._on_tiles(sum(tile.index in own for tile in batch))
        mask = votes.mask()
        parts = mask_parts(mask == 1, block.x, block.y)
        settings = self._settings
        shapes = join_parts(parts, self._least, settings.join_distance, tile_box(block))
        objects = list(self._caption(map(self._around, shapes), "mask"))
        if settings.empty_tiles:
            places = (
                (tile_box(tile), self._pair.read(tile.window))
                for tile in self._empty(looked_at, shapes)
            )
            objects += [o for o in self._caption(places, "sentence") if o.changed]
        return BlockResult(objects, facts, mask)

    def _empty(self, tiles: Sequence[Tile], shapes: Sequence[shapely.Geometry]) -> list[Tile]:
        """Tiles in which no object is certain; one may come of a neighbouring block."""
        certain = [part for part in shapely.get_parts(shapes) if part.area >= self._least]
        changed = share_pixels([tile_box(tile) for tile in tiles], certain)
        return [tile for tile, has in zip(tiles, changed, strict=True) if not has]

    def _look(self, tile: Tile) -> tuple[PairPixels, TileFacts]:
        pixels = self._pair.read(tile.window)
        differs = difference(pixels) if pixels.valid.any() else None
        return pixels, TileFacts(skip_reason(pixels, differs, self._settings.prefilter), differs)

    def _around(self, shape: shapely.Geometry) -> _Place:
        grid = self._pair.grid
        window = window_around(shape, self._settings.tile, grid.width, grid.height)
        pixels = self._pair.read(window)
        return shape, highlighted(pixels, shape, window) if self._settings.highlight else pixels

    def _caption(self, places: Iterable[_Place], found_by: str) -> Iterator[ChangeObject]:
        """Objects in their order; never holds more than a batch of pixels."""
        for batch in _batches(places, self._batch_size):
            answers = self._captioner([pixels.dates for _, pixels in batch])
            for (shape, _), answer in zip(batch, answers, strict=True):
                yield _object(shape, answer, found_by)


def _object(shape: shapely.Geometry, answer: Any, found_by: str) -> ChangeObject:
    if answer.error is not None or answer.caption is None:
        left, top = (int(value) for value in shape.bounds[:2])
        raise ValueError(f"column {left}, row {top} got no caption: {answer.error}")
    return ChangeObject(
        shape=shape,
        found_by=found_by,
        caption=answer.caption,
        score=_rounded(answer.score),
        n_best=tuple((words, round(float(score), _DECIMALS)) for words, score in answer.n_best),
        change_probability=_rounded(answer.change_probability),
    )


def merge_objects(
    pieces: Sequence[ChangeObject], least: float, distance: float
) -> list[ChangeObject]:
    """Objects of a scene from those of its blocks.

    Pieces of one object that lie in different blocks become one; the sentence is that of the
    piece that covers most of it. A tile that was captioned for its empty mask is left out if an
    object reaches into it.

    Args:
        pieces: Of all blocks, in the blocks' order.
        least: As for :func:`~mmrsicc.scenes.shapes.join_parts`.
        distance: As for :func:`~mmrsicc.scenes.shapes.join_parts`.
    """
    masked = [piece for piece in pieces if piece.found_by == "mask"]
    others = [piece for piece in pieces if piece.found_by != "mask"]
    shapes = [piece.shape for piece in masked]
    objects = join_parts(shapely.get_parts(shapes), least, distance)
    if not objects:
        return others
    which, piece = shapely.STRtree(shapes).query(objects, predicate="intersects")
    shared = shapely.area(shapely.intersection(np.take(objects, which), np.take(shapes, piece)))
    # Sorted by object, then largest overlap, then order of the pieces, so that ties take the first.
    order = np.lexsort((piece, -shared, which))
    _, first = np.unique(which[order], return_index=True)
    best = piece[order][first]
    whole = [
        ChangeObject(**{**vars(masked[i]), "shape": shape})
        for shape, i in zip(objects, best, strict=True)
    ]
    covered = share_pixels([other.shape for other in others], objects)
    return [*whole, *(other for other, has in zip(others, covered, strict=True) if not has)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DECIMALS)


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
