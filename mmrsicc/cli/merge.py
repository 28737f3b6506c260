"""``mmrsicc merge``: joins the results of shards.

Of ``mmrsicc scene --shard`` the maps; of ``mmrsicc caption --shard`` the table of all pairs.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmrsicc.cli.scene import summary
from mmrsicc.cli.scene_arguments import add_map_arguments, map_options

HELP = "join the shards of mmrsicc scene or mmrsicc caption"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the arguments for the folder and the maps."""
    parser.add_argument("out", type=Path, metavar="DIR", help="--out of the shards")
    add_map_arguments(parser)


def run(args: Namespace) -> None:
    """Joins the shards and prints what was written.

    Raises:
        OSError, ValueError: Parts are missing or damaged; the message says which.
    """
    if any(args.out.glob("pairs-*.parquet")):
        from mmrsicc.apis.caption_parts import count_errors, merge_parts

        if any(map_options(args).values()):
            raise ValueError(
                f"{args.out} has parts of mmrsicc caption: --drop-no-change, --geojson and "
                "--page-tiles are of mmrsicc scene"
            )
        merged = merge_parts(args.out)
        print(f"written  {merged}")
        if errors := count_errors(merged):
            print(f"note     {errors} of its pairs have no sentence: run their shards again")
        return
    from mmrsicc.scenes import merge_scene

    print(summary(merge_scene(args.out, **map_options(args))))
