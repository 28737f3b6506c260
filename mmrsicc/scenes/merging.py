"""From the parts of a scene to its maps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np

from mmrsicc.scenes.blocks import merge_objects
from mmrsicc.scenes.dates import Dates
from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.gsd import ground_sampling_distance
from mmrsicc.scenes.mask_file import write_mask
from mmrsicc.scenes.out_folder import TILES
from mmrsicc.scenes.outcome import SceneOutcome, write_summary
from mmrsicc.scenes.page_tiles import remove_page_tiles, write_page_tiles
from mmrsicc.scenes.parts import describe_run, digest, part_path, read_part
from mmrsicc.scenes.report import write_report
from mmrsicc.scenes.results import ChangeObject, TileFacts
from mmrsicc.scenes.run_file import RunFile, least_pixels, registered
from mmrsicc.scenes.settings import SceneSettings
from mmrsicc.scenes.shapes import share_pixels, tile_box
from mmrsicc.scenes.skipping import prefilter_costs
from mmrsicc.scenes.stac import write_item
from mmrsicc.scenes.style import write_mask_style, write_style
from mmrsicc.scenes.table import object_table, write_geojson, write_geopackage, write_geoparquet
from mmrsicc.scenes.tiles import Tile, TileGrid, cut_blocks


def merge_scene(
    out: str | Path,
    drop_no_change: bool = False,
    geojson: bool = False,
    seconds: float | None = None,
    tiles_per_second: float | None = None,
    page_tiles: bool = False,
) -> SceneOutcome:
    """Writes the maps of a scene whose parts are all there.

    Args:
        out: Folder of a run of :func:`mmrsicc.scenes.caption_scene`.
        drop_no_change: Whether objects whose sentences say that nothing changed are left out.
        geojson: Whether a GeoJSON is written, too.
        seconds: What the parts took, for the summary.
        tiles_per_second: How fast they were made, for the summary.
        page_tiles: Whether pictures at full resolution are written beside the page.

    Returns:
        What came of it.

    Raises:
        FileNotFoundError: There is no run, or parts are missing; names them.
        ValueError: A part is damaged, or the scenes cannot be read any more or are others.
    """
    out = Path(out)
    run = RunFile.read(out)
    with registered(run.before, run.after, run.settings) as (pair, shift, remarks):
        facts = describe_run(pair.fingerprints(), run.settings, run.captioner, run.masker)
        if digest(facts) != run.digest:
            raise ValueError(
                f"the scenes are not those that the parts in {out} were made from, or another "
                "version made them: run mmrsicc scene again"
            )
        grid = pair.grid
        blocks = cut_blocks(grid.width, grid.height, run.settings.block)
        parts = _parts(run.parts(out), blocks)
        pieces, tiles = _found(parts)
        least = least_pixels(run.settings, grid)
        objects = merge_objects(pieces, least, run.settings.join_distance)
        if run.masker is not None:
            tiles = _with_changes(tiles, blocks, grid, run.settings, objects)
        if drop_no_change:
            objects = [found for found in objects if found.changed]
        dates = (run.dates[0] or pair.days[0], run.dates[1] or pair.days[1])
        distance = ground_sampling_distance(grid)
        table = object_table(objects, grid, dates, distance, run.captioner, run.masker)
        missed = _write_geojson(table, grid, out) if geojson else None
        geojson = geojson and missed is None
        names = _file_names(grid.georeferenced, geojson, run.masker is not None)
        _remove_old(out, names)
        _write_objects(table, out)
        if "mask.tif" in names:
            write_mask(grid, _masks(blocks, parts), out / "mask.tif")
            write_mask_style(out / "mask.qml")
        outcome = SceneOutcome(
            captioner=run.captioner,
            width=grid.width,
            height=grid.height,
            dates=dates,
            gsd=distance,
            masker=run.masker,
            tiles=Counter(tile.skipped or "looked at" for tile in tiles),
            objects=objects,
            shift=shift,
            remarks=[
                *remarks,
                *([] if missed is None else [f"no GeoJSON was written: {missed}"]),
                *run.remarks,
                *_order_remarks(dates),
            ],
            prefilter=prefilter_costs(tiles) if run.settings.prefilter is None else (),
            seconds=seconds,
            tiles_per_second=tiles_per_second,
            files=[out / name for name in names],
            radiometry=pair.radiometry.to_dict(),
        )
        if page_tiles:
            write_page_tiles(pair, out / TILES)
        else:
            remove_page_tiles(out / TILES)
        folder = TILES if page_tiles else None
        write_report(outcome, pair.overview, run.title, out / "report.html", folder)
        write_summary(outcome, out / "summary.json")
        if "item.json" in names:
            _write_item(outcome, grid, out)
        return outcome


def _write_geojson(table: geopandas.GeoDataFrame, grid: Grid, out: Path) -> str | None:
    """Writes the objects as GeoJSON; returns why it cannot, if so."""
    if not grid.georeferenced:
        return "the images have no coordinates"
    try:
        write_geojson(table, out / "changes.geojson")
    except ValueError as error:
        return str(error)
    return None


def _write_item(outcome: SceneOutcome, grid: Grid, out: Path) -> None:
    """Writes the STAC item of the other files."""
    files = [path for path in outcome.files if path.name != "item.json"]
    said = {"mmrsicc:model": outcome.captioner, "mmrsicc:objects": len(outcome.objects)}
    write_item(out / "item.json", grid, outcome.dates, outcome.gsd, files, said)


def _order_remarks(dates: Dates) -> list[str]:
    """Remarks where metadata or items tell that the dates are swapped; given ones are not."""
    first, second = dates
    if first is None or second is None or first <= second:
        return []
    return [f"the first date is of {first}, the second of {second}: BEFORE and AFTER are swapped"]


def _parts(folder: Path, blocks: Sequence[Tile]) -> list[Path]:
    """The file of each block.

    Raises:
        FileNotFoundError: Some are missing; names them.
    """
    paths = [part_path(folder, block.index) for block in blocks]
    missing = [path.stem for path in paths if not path.is_file()]
    if missing:
        some = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise FileNotFoundError(
            f"{len(missing)} of {len(blocks)} parts are missing in {folder} ({some}): run "
            "mmrsicc scene again with the shards that did not finish"
        )
    return paths


def _found(parts: Sequence[Path]) -> tuple[list[ChangeObject], list[TileFacts]]:
    """Objects and tiles of all parts, in their order."""
    pieces: list[ChangeObject] = []
    tiles: list[TileFacts] = []
    for part in parts:
        result = read_part(part)
        pieces += result.objects
        tiles += result.tiles
    return pieces, tiles


def _with_changes(
    tiles: Sequence[TileFacts],
    blocks: Sequence[Tile],
    grid: Grid,
    settings: SceneSettings,
    objects: Sequence[ChangeObject],
) -> list[TileFacts]:
    """Tiles of all blocks, changed where an object of the mask reaches into them."""
    cut = TileGrid(grid.width, grid.height, settings.tile, settings.overlap)
    boxes = [tile_box(tile) for block in blocks for tile in cut.begun_in(block)]
    changed = share_pixels(boxes, [o.shape for o in objects if o.found_by == "mask"])
    return [replace(tile, changed=bool(has)) for tile, has in zip(tiles, changed, strict=True)]


def _masks(blocks: Sequence[Tile], parts: Sequence[Path]) -> Iterator[tuple[Tile, np.ndarray]]:
    for block, part in zip(blocks, parts, strict=True):
        mask = read_part(part).mask
        if mask is None or mask.shape != (block.height, block.width):
            raise ValueError(f"{part} has no mask of its block: remove it, and run again")
        yield block, mask


def _file_names(georeferenced: bool, geojson: bool, masked: bool) -> list[str]:
    """Names of the files that a run writes."""
    return [
        *("changes.parquet", "changes.gpkg", "changes.qml"),
        *(["changes.geojson"] if geojson and georeferenced else []),
        *(["mask.tif", "mask.qml"] if masked else []),
        *("report.html", "summary.json"),
        *(["item.json"] if georeferenced else []),
    ]


def _write_objects(table: geopandas.GeoDataFrame, out: Path) -> None:
    """Writes the objects, and how QGIS shows them."""
    write_geoparquet(table, out / "changes.parquet")
    write_geopackage(table, out / "changes.gpkg")
    write_style(out / "changes.qml")


def _remove_old(out: Path, names: Sequence[str]) -> None:
    """Removes files of an earlier run that this run does not write."""
    for name in ("changes.geojson", "mask.tif", "mask.qml", "item.json"):
        if name not in names:
            (out / name).unlink(missing_ok=True)
