"""Captioning of two scenes to a map."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import rasterio

from mmrsicc.scenes.captioning import caption_tiles
from mmrsicc.scenes.dates import Dates
from mmrsicc.scenes.gsd import ground_sampling_distance, gsd_remark
from mmrsicc.scenes.journal import Journal, describe_run, digest, read_results
from mmrsicc.scenes.mask_file import write_mask
from mmrsicc.scenes.outcome import SceneOutcome, write_summary
from mmrsicc.scenes.pair import ScenePair
from mmrsicc.scenes.regions import Region, join
from mmrsicc.scenes.report import write_report
from mmrsicc.scenes.results import Captioner, TileResult
from mmrsicc.scenes.settings import SceneSettings
from mmrsicc.scenes.shift import Shift, estimate_shift
from mmrsicc.scenes.skipping import prefilter_costs
from mmrsicc.scenes.tiles import Tile, cut
from mmrsicc.scenes.vector_files import write_geojson, write_geopackage
from mmrsicc.utils.files import atomic_path
from mmrsicc.utils.training_gsd import TrainingGsd

if TYPE_CHECKING:
    from mmrsicc.datasets.transforms import LoadBands

#: Megabytes that GDAL may keep of what it read; its own choice is a share of the machine's memory.
_GDAL_CACHE = 128

#: Shift and spread in pixels above which a pair is said to be badly registered.
_TOLERATED = 1.0

#: Shift in pixels below which taking it out would blur more than it gains.
_NEGLIGIBLE = 0.1


def caption_scene(
    captioner: Captioner,
    before: Sequence[str],
    after: Sequence[str],
    out: str | Path,
    settings: SceneSettings | None = None,
    captioner_name: str = "",
    dates: Dates = (None, None),
    batch_size: int = 16,
    drop_no_change: bool = False,
    training_gsd: TrainingGsd | None = None,
    input_size: int | None = None,
    rank: int = 0,
    world_size: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
    loading: LoadBands | None = None,
) -> SceneOutcome | None:
    """Captions what changed between two scenes, tile by tile, and writes maps of it.

    Each result is written down at once: the same call again goes on where the last one ended,
    however it ended. Calls with other inputs, settings or captioner never share results.

    Args:
        captioner: Says what changed in a batch of pairs.
        before: Files of the first date; several are taken as its bands.
        after: Files of the second date.
        out: Folder of all that is written.
        settings: How scenes are read and cut.
        captioner_name: What tells this captioner from others; it stands in the report.
        dates: Days of the two dates; those that are None are taken from the files' metadata on
            the taking of the image, as far as they have any.
        batch_size: Pairs per call of the captioner.
        drop_no_change: Whether captions that say that nothing changed stay off the maps.
        training_gsd: Ground sampling distances of what the captioner was trained on; the outcome
            has a remark on a scene that is far from them.
        input_size: Edge in pixels that the captioner resizes tiles to; None: it leaves them.
        rank: Number of this process, from 0. Processes share the folder and nothing else.
        world_size: How many processes there are. Rank 0 waits for the others and writes the maps.
        progress: Called with this process's tiles that are done, and all of its tiles.
        loading: How a captioner that reads bands takes values, the first step of its pipeline; the
            bands of the settings are then those that the maps show. None: it takes 8-bit RGB.

    Returns:
        What came of it; None for a rank above 0.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A number makes no sense, the files cannot be used, or the captioner fails; says
            what to do.
        BlockingIOError: Another run writes to the same folder.
    """
    if batch_size < 1:
        raise ValueError(f"batches of {batch_size} pairs: give at least 1")
    if not 0 <= rank < world_size:
        raise ValueError(
            f"rank {rank} of {world_size} processes: RANK must count from 0 and stay below "
            "WORLD_SIZE"
        )
    settings = settings or SceneSettings()
    out = Path(out)
    with (
        rasterio.Env(GDAL_CACHEMAX=_GDAL_CACHE),
        _registered(before, after, settings, loading) as (pair, shift, remarks),
    ):
        tiles = cut(pair.grid.width, pair.grid.height, settings.tile, settings.overlap)
        run = describe_run(pair.fingerprints(), settings, captioner_name)
        journals = out / "journal" / digest(run)
        known = read_results(journals, tiles)
        share = [tile for tile in tiles if tile.index % world_size == rank]
        waiting = [tile for tile in share if tile.index not in known]
        done = len(share) - len(waiting)

        def count(tiles_done: int) -> None:
            nonlocal done
            done += tiles_done
            progress(done, len(share))

        started = time.perf_counter()
        count(0)
        with Journal(journals / f"{rank}.jsonl") as journal:
            caption_tiles(pair, waiting, captioner, journal, settings.prefilter, batch_size, count)
        if rank > 0:
            return None
        results = _wait_for_all(journals, tiles, world_size)
        seconds = time.perf_counter() - started
        _write_json(run, journals / "run.json")
        regions = join(tiles, results, drop_no_change)
        days = (dates[0] or pair.days[0], dates[1] or pair.days[1])
        files = _write_maps(out, pair, tiles, results, regions, days)
        distance = ground_sampling_distance(pair.grid)
        enlarged = settings.tile / (input_size or settings.tile)
        if remark := gsd_remark(distance, training_gsd, enlarged):
            remarks.append(remark)
        new = len(tiles) - len(known)
        outcome = SceneOutcome(
            captioner=captioner_name,
            width=pair.grid.width,
            height=pair.grid.height,
            dates=days,
            gsd=distance,
            tiles=Counter(result.skipped or "captioned" for result in results.values()),
            regions=regions,
            shift=shift,
            remarks=remarks,
            prefilter=prefilter_costs(results.values()) if settings.prefilter is None else (),
            seconds=seconds,
            tiles_per_second=new / seconds if new else None,
            files=[*files, out / "report.html", out / "summary.json"],
            radiometry=pair.radiometry.to_dict(),
        )
        write_report(outcome, pair.overview, _title(before, after), out / "report.html")
        write_summary(outcome, out / "summary.json")
        return outcome


@contextmanager
def _registered(
    before: Sequence[str],
    after: Sequence[str],
    settings: SceneSettings,
    loading: LoadBands | None,
) -> Iterator[tuple[ScenePair, Shift | None, list[str]]]:
    """The pair on one grid, its shift (taken out if that is wished), and remarks for the user."""
    with ScenePair(before, after, settings, loading=loading) as pair:
        remarks = [
            f"the files of the {date} date are not stored north-up: they were read north-up"
            for date, turned in zip(("first", "second"), pair.turned, strict=True)
            if turned
        ]
        if pair.warped:
            remarks.append("the second date was warped onto the grid of the first")
        shift = estimate_shift(pair)
        if shift is None:
            remarks.append(
                "the shift between the dates could not be measured: no part of the scene is full "
                "of data and alike enough in both"
            )
        elif shift.spread > _TOLERATED:
            remarks.append(
                f"the shift between the dates could not be measured: {shift.windows} parts of the "
                f"scene differ by {shift.spread:.1f} pixels about their median"
            )
        elif shift.length > (_NEGLIGIBLE if settings.align else _TOLERATED):
            apart = f"{shift.columns:+.2f} pixels to the right and {shift.rows:+.2f} down"
            if not settings.align:
                remarks.append(f"the second date lies {apart} of the first: --align takes it out")
            else:
                remarks.append(f"the second date lay {apart} of the first: taken out")
                moved = (shift.columns, shift.rows)
                with ScenePair(before, after, settings, moved, loading) as aligned:
                    yield aligned, shift, remarks
                return
        yield pair, shift, remarks


def _wait_for_all(journals: Path, tiles: Sequence[Tile], world_size: int) -> dict[int, TileResult]:
    """Results of all tiles, once the other processes have written theirs.

    Whoever starts the processes ends them all if one fails, so none waits for a dead one.
    """
    results = read_results(journals)
    missing = [tile.index for tile in tiles if tile.index not in results]
    if missing:
        ranks = ", ".join(map(str, sorted({index % world_size for index in missing})))
        print(f"rank 0 waits for {len(missing)} tiles of rank {ranks}", file=sys.stderr)
    while len(results) < len(tiles):
        time.sleep(1)
        results = read_results(journals)
    return results


def _write_maps(
    out: Path,
    pair: ScenePair,
    tiles: Sequence[Tile],
    results: Mapping[int, TileResult],
    regions: Sequence[Region],
    days: Dates,
) -> list[Path]:
    """GeoPackage, GeoJSON where there are coordinates, mask where the captioner gave any.

    What an earlier run left, and this one does not write, is removed: it would pass for this one's.
    """
    geopackage, geojson, mask = (
        out / name for name in ("changes.gpkg", "changes.geojson", "mask.tif")
    )
    write_geopackage(regions, pair.grid, days, geopackage)
    if pair.grid.georeferenced:
        write_geojson(regions, pair.grid, days, geojson)
    else:
        geojson.unlink(missing_ok=True)
    if any(result.mask is not None for result in results.values()):
        write_mask(pair, tiles, results, mask)
    else:
        mask.unlink(missing_ok=True)
    return [path for path in (geopackage, geojson, mask) if path.exists()]


def _title(before: Sequence[str], after: Sequence[str]) -> str:
    return f"{Path(before[0]).name} and {Path(after[0]).name}"


def _write_json(content: object, path: Path) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
