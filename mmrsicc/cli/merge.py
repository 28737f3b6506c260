"""``mmrsicc merge``: the maps of a scene whose shards are done."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from mmrsicc.cli.scene import add_map_arguments, summary

HELP = "write the maps of a scene that was captioned in shards"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the folder, and what is kept."""
    parser.add_argument("out", metavar="DIR", help="--out of mmrsicc scene --shard")
    add_map_arguments(parser)


def run(args: Namespace) -> None:
    """Writes the maps and prints a summary.

    Raises:
        OSError, ValueError: Parts are missing or damaged; the message says which.
    """
    from mmrsicc.scenes import merge_scene

    print(summary(merge_scene(args.out, args.drop_no_change, args.geojson)))
