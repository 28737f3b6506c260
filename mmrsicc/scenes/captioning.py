"""One process's share of the tiles: read, skipped or captioned, written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from mmrsicc.scenes.journal import Journal
from mmrsicc.scenes.pair import PairPixels, ScenePair
from mmrsicc.scenes.results import Captioned, Captioner, TileResult, encode_mask
from mmrsicc.scenes.skipping import difference, skip_reason
from mmrsicc.scenes.tiles import Tile

#: Decimals of scores and probabilities. Those that follow change with the other tiles of a batch,
#: and so with the number of processes.
_DECIMALS = 4

#: A tile, its pixels and how much its dates differ.
_Waiting = tuple[Tile, PairPixels, float]


def caption_tiles(
    pair: ScenePair,
    tiles: Iterable[Tile],
    captioner: Captioner,
    journal: Journal,
    prefilter: float | None = None,
    batch_size: int = 16,
    on_done: Callable[[int], None] = lambda count: None,
) -> None:
    """Captions tiles batch by batch; never holds more than one batch.

    Args:
        pair: The scenes.
        tiles: Those to caption.
        captioner: Says what changed in a batch of pairs.
        journal: Gets the results.
        prefilter: See :func:`mmrsicc.scenes.skipping.skip_reason`.
        batch_size: Pairs per call of the captioner.
        on_done: Called with the number of tiles written down since the last call.

    Raises:
        ValueError: A file is damaged, or the captioner fails on a tile; names it. The batches
            before are kept.
    """
    waiting: list[_Waiting] = []
    ready: list[TileResult] = []

    def write_down() -> None:
        journal.append(ready)
        on_done(len(ready))
        ready.clear()

    for tile in tiles:
        pixels = pair.read(tile.window)
        differs = difference(pixels) if pixels.valid.any() else None
        reason = skip_reason(pixels, differs, prefilter)
        if differs is None or reason is not None:
            ready.append(TileResult(tile.index, reason, differs))
        else:
            waiting.append((tile, pixels, differs))
        if len(waiting) == batch_size:
            ready += _caption(waiting, captioner)
            waiting.clear()
        if len(ready) >= batch_size:
            write_down()
    if waiting:
        ready += _caption(waiting, captioner)
    write_down()


def _caption(batch: list[_Waiting], captioner: Captioner) -> list[TileResult]:
    answers = captioner([p.values or (p.before, p.after) for _, p, _ in batch])
    return [
        _result(tile, answer, differs)
        for (tile, _, differs), answer in zip(batch, answers, strict=True)
    ]


def _result(tile: Tile, answer: Captioned, differs: float) -> TileResult:
    if answer.error is not None or answer.caption is None:
        raise ValueError(
            f"the tile at column {tile.x}, row {tile.y} got no caption: {answer.error}"
        )
    return TileResult(
        tile=tile.index,
        difference=differs,
        caption=answer.caption,
        score=_rounded(answer.score),
        n_best=tuple((words, round(score, _DECIMALS)) for words, score in answer.n_best),
        change_probability=_rounded(answer.change_probability),
        mask=None if answer.mask is None else encode_mask(answer.mask.astype(np.uint8)),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
