"""From two scenes to a map of change objects with sentences: all blocks, or a share of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmrsicc.scenes.blocks import BlockCaptioner
from mmrsicc.scenes.dates import Dates
from mmrsicc.scenes.gsd import ground_sampling_distance, gsd_remark
from mmrsicc.scenes.masking import Masker
from mmrsicc.scenes.merging import merge_scene
from mmrsicc.scenes.out_folder import check_out_folder
from mmrsicc.scenes.outcome import SceneOutcome
from mmrsicc.scenes.pair import ScenePair
from mmrsicc.scenes.parts import describe_run, digest, part_path, write_part
from mmrsicc.scenes.results import Captioner
from mmrsicc.scenes.run_file import RunFile, least_pixels, registered
from mmrsicc.scenes.settings import SceneSettings
from mmrsicc.scenes.tiles import Tile, TileGrid, cut_blocks
from mmrsicc.utils.training_gsd import TrainingGsd

if TYPE_CHECKING:
    from mmrsicc.datasets.transforms import LoadBands


def caption_scene(
    captioner: Captioner,
    before: Sequence[str],
    after: Sequence[str],
    out: str | Path,
    settings: SceneSettings | None = None,
    captioner_name: str = "",
    masker: Masker | None = None,
    dates: Dates = (None, None),
    batch_size: int = 16,
    drop_no_change: bool = False,
    geojson: bool = False,
    page_tiles: bool = False,
    training_gsd: TrainingGsd | None = None,
    input_size: int | None = None,
    shard: tuple[int, int] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    loading: LoadBands | None = None,
) -> SceneOutcome | None:
    """Captions what changed between two scenes, block by block, and writes maps of it.

    The result of each block is a file that is whole or absent: the same call again goes on where
    the last one ended, however it ended. Calls with other inputs, settings or models never share
    results.

    Args:
        captioner: Says what changed in a batch of pairs.
        before: Files of the first date; several are taken as its bands.
        after: Files of the second date.
        out: Folder of all that is written.
        settings: How scenes are read and cut.
        captioner_name: What tells this captioner from others; it stands in the report.
        masker: Finds what changed, and each change object gets a sentence; None gives each tile
            one.
        dates: Days of the two dates; those that are None are taken from the files' metadata on
            the taking of the image, as far as they have any.
        batch_size: Pairs per call of the captioner.
        drop_no_change: As for :func:`mmrsicc.scenes.merge_scene`.
        geojson: As for :func:`mmrsicc.scenes.merge_scene`.
        page_tiles: As for :func:`mmrsicc.scenes.merge_scene`.
        training_gsd: Ground sampling distances of what the captioner was trained on; the outcome
            has a remark on a scene that is far from them.
        input_size: Edge in pixels that the captioner resizes tiles to; None: it leaves them.
        shard: Number, from 1, of this share of the blocks, and how many shares there are;
            :func:`mmrsicc.scenes.merge_scene` writes the maps once all are done. None does all
            blocks and writes the maps.
        progress: Called with tiles that are done, and all tiles of this share.
        loading: How a captioner that reads bands takes values, the first step of its pipeline; the
            bands of the settings are then those that the maps show. None: it takes 8-bit RGB.

    Returns:
        What came of it; None for a share.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A number makes no sense, the files cannot be used, the folder holds other files
            of the maps' names, or the captioner fails; says what to do.
    """
    if batch_size < 1:
        raise ValueError(f"batches of {batch_size} pairs: give at least 1")
    number, shards = shard or (1, 1)
    if not 1 <= number <= shards:
        raise ValueError(f"shard {number} of {shards}: count from 1 to {shards}")
    settings = settings or SceneSettings()
    if loading is not None and settings.highlight:
        raise ValueError("--highlight is for models of 8-bit RGB: leave it out for one of bands")
    out = Path(out)
    check_out_folder(out)
    started = time.perf_counter()
    with registered(before, after, settings, loading) as (pair, _, _):
        least = least_pixels(pair.settings, pair.grid)
        remark = _gsd_remark(pair, training_gsd, input_size)
        facts = describe_run(
            pair.fingerprints(), pair.settings, captioner_name, masker.name if masker else None
        )
        run = RunFile(
            digest=digest(facts),
            before=[_lasting(path) for path in before],
            after=[_lasting(path) for path in after],
            settings=pair.settings,
            captioner=captioner_name,
            masker=facts["masker"],
            dates=dates,
            remarks=[remark] if remark else [],
        )
        run.write(out)
        share = cut_blocks(pair.grid.width, pair.grid.height, pair.settings.block)
        waiting, count, new = _waiting(pair, share[number - 1 :: shards], run.parts(out), progress)
        if waiting and masker is not None:
            masker.fit(pair)
        caption = BlockCaptioner(pair, captioner, masker, pair.settings, least, batch_size, count)
        for block in waiting:
            write_part(caption(block), part_path(run.parts(out), block.index))
    if shard is not None:
        return None
    if RunFile.read(out).digest != run.digest:
        raise ValueError(
            f"another run with other files or settings wrote into {out} meanwhile: choose another "
            "--out"
        )
    seconds = time.perf_counter() - started
    speed = new / seconds if new else None
    return merge_scene(out, drop_no_change, geojson, seconds, speed, page_tiles)


def _gsd_remark(
    pair: ScenePair, training_gsd: TrainingGsd | None, input_size: int | None
) -> str | None:
    """A remark on a scene whose pixels are far from those that the captioner was trained on."""
    # A scene that is smaller than a tile is one tile.
    edge = min(pair.settings.tile, max(pair.grid.width, pair.grid.height))
    return gsd_remark(
        ground_sampling_distance(pair.grid), training_gsd, edge / (input_size or edge)
    )


def _waiting(
    pair: ScenePair, share: Sequence[Tile], parts: Path, progress: Callable[[int, int], None]
) -> tuple[list[Tile], Callable[[int], None], int]:
    """Blocks of a share that are not done, what counts their tiles, and how many those are."""
    grid, settings = pair.grid, pair.settings
    tiles = TileGrid(grid.width, grid.height, settings.tile, settings.overlap)
    counts = {block.index: len(tiles.begun_in(block)) for block in share}
    waiting = [block for block in share if not part_path(parts, block.index).is_file()]
    total, new = sum(counts.values()), sum(counts[block.index] for block in waiting)
    done = total - new

    def count(more: int) -> None:
        nonlocal done
        done += more
        progress(done, total)

    count(0)
    return waiting, count, new


def _lasting(path: str) -> str:
    """Absolute path of a file, for a merge in another folder; GDAL's own names stay."""
    return str(Path(path).absolute()) if Path(path).exists() else path
