"""``mmrsicc webdataset``: pairs in WebDataset shards, and their index.

Examples:
    mmrsicc webdataset data/LEVIR-CC --out data/LEVIR-CC-shards
    mmrsicc webdataset configs/_base_/datasets/levir_mci.py --out data/LEVIR-MCI-shards
    mmrsicc webdataset data/shards-of-others
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mmrsicc.cli.arguments import ANN_FILE, add_cfg_options, check_side, folder_path, whole_number

if TYPE_CHECKING:
    from mmrsicc.datasets import ChangeCaptionDataset

HELP = "write a data set as WebDataset shards, or index shards that there are"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds data set, folder of the shards and their size."""
    parser.add_argument(
        "data",
        metavar="FOLDER_OR_CONFIG",
        help="with --out: folder of a data set in LEVIR-CC's layout, or config (.py) of one data "
        "set; without: folder of shards to be indexed",
    )
    parser.add_argument(
        "--out",
        type=folder_path,
        metavar="FOLDER",
        help="where shards of all splits and their index go; a run that was stopped is continued",
    )
    parser.add_argument(
        "--pairs",
        type=whole_number(1),
        default=1000,
        help="pairs in a shard (default: %(default)s)",
    )
    parser.add_argument(
        "--ann-file",
        default=ANN_FILE,
        help="caption file in the folder of a data set (default: %(default)s)",
    )
    add_cfg_options(parser, "train_dataloader.dataset.data_root=data/mine")


def run(args: Namespace) -> None:
    """Writes shards, if asked to, and the index; says what is in it.

    Raises:
        OSError, ValueError: A data set or a shard is wrong; the message says why.
    """
    with redirect_stdout(sys.stderr):
        from rich.console import Console
        from rich.progress import track

        from mmrsicc.datasets.webdataset import INDEX, write_index
        from mmrsicc.datasets.webdataset_writing import write_shards
        from mmrsicc.utils.counts import counted

    show = partial(track, console=Console(stderr=True))
    folder = args.out or Path(args.data)
    if args.out is not None:
        write_shards(_dataset(args), folder, args.pairs, partial(show, description="Writing"))
    elif args.data.endswith(".py"):
        raise ValueError(f"{args.data} is a config: say by --out where its shards go")
    pairs = write_index(folder, partial(show, description="Indexing"))
    parts = ", ".join(f"{split} {count}" for split, count in sorted(pairs.items()))
    print(f"{folder / INDEX} has {counted(sum(pairs.values()), 'pair')} ({parts})")


def _dataset(args: Namespace) -> ChangeCaptionDataset:
    """The data set of the command line, not read yet."""
    from mmrsicc.cli.verify import configured
    from mmrsicc.datasets import ChangeCaptionDataset
    from mmrsicc.datasets.verify import levir_layout

    check_side(args, args.data, {"--ann-file": ANN_FILE}, {"--cfg-options": None})
    if not args.data.endswith(".py"):
        return levir_layout(args.data, args.ann_file)
    found = configured(args.data, args.cfg_options)
    if len(found) > 1 or not isinstance(found[0], ChangeCaptionDataset):
        raise ValueError(f"{args.data} has not one data set with captions: take a config of one")
    return found[0]
