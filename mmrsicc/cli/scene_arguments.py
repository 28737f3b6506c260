"""Arguments that the commands on scenes share."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from mmrsicc.cli.arguments import (
    METHODS,
    THRESHOLDS,
    add_batch_size,
    add_device,
    add_radiometry,
    threshold,
    whole_number,
)


def add_scene_arguments(parser: ArgumentParser) -> None:
    """Adds the arguments that do not depend on the scene."""
    add_radiometry(parser)
    _add_objects(parser)
    parser.add_argument("--tile", type=int, default=256, help="edge of a tile (default: 256)")
    parser.add_argument(
        "--overlap", type=int, default=32, help="pixels that neighbours share (default: 32)"
    )
    parser.add_argument(
        "--percentiles",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="of both dates, which become 0 and 255 (default: 1 99, but 8-bit files stay)",
    )
    parser.add_argument("--nodata", type=float, help="no-data value that the files do not name")
    parser.add_argument(
        "--align", action="store_true", help="correct a remaining shift between the dates"
    )
    parser.add_argument(
        "--prefilter",
        type=float,
        metavar="T",
        help="do not caption tiles whose dates differ less; the report of a run without this "
        "says what it would cost",
    )
    add_map_arguments(parser)
    parser.add_argument(
        "--n-best",
        type=whole_number(1),
        default=3,
        help="sentences per object or tile (default: 3)",
    )
    add_batch_size(parser)
    add_device(parser)


def _add_objects(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("change objects")
    group.add_argument(
        "--detector", metavar="FILE", help="checkpoint of the change detector that gives the mask"
    )
    group.add_argument(
        "--detector-config", metavar="CONFIG", help="its config, where it holds none"
    )
    group.add_argument(
        "--method", choices=METHODS, help="what gives the mask without labels (mmrsicc detect)"
    )
    group.add_argument(
        "--threshold",
        type=threshold,
        metavar="RULE",
        help=f"of --detector a number, of --method also one of {', '.join(THRESHOLDS)}",
    )
    group.add_argument(
        "--tiles", action="store_true", help="caption tiles, also where the model has masks"
    )
    group.add_argument(
        "--min-area", type=float, metavar="M2", help="drop smaller parts, fill smaller holes"
    )
    group.add_argument(
        "--min-pixels", type=whole_number(0), default=16, help="the same in pixels (default: 16)"
    )
    group.add_argument(
        "--join-distance",
        type=float,
        default=4.0,
        metavar="PIXELS",
        help="parts up to so far from each other are one object (default: 4)",
    )
    group.add_argument(
        "--highlight",
        action="store_true",
        help="caption each object from a window in which nothing else changes",
    )
    group.add_argument(
        "--empty-tiles",
        action="store_true",
        help="also caption tiles whose mask is empty, and keep those with a change",
    )
    group.add_argument(
        "--block",
        type=whole_number(1),
        default=2048,
        help="edge in pixels of what is done at a time, and written (default: 2048)",
    )


def add_map_arguments(parser: ArgumentParser) -> None:
    """Adds what is kept on the maps, and further ones."""
    parser.add_argument(
        "--drop-no-change",
        action="store_true",
        help="leave out of the maps what did not change by its sentence",
    )
    parser.add_argument("--geojson", action="store_true", help="write a GeoJSON, too")
    parser.add_argument(
        "--page-tiles",
        action="store_true",
        help="write both dates at full resolution beside the page, which then zooms in to pixels",
    )


def map_options(args: Namespace) -> dict[str, Any]:
    """Arguments of :func:`mmrsicc.scenes.merge_scene` that :func:`add_map_arguments` added."""
    return {name: getattr(args, name) for name in ("drop_no_change", "geojson", "page_tiles")}
