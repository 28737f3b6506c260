"""``mmrsicc synthcc``: makes SynthCC, and continues after a stop.

Example:
    mmrsicc synthcc data/SynthCC --num-pairs 10000 --workers 8
"""

from __future__ import annotations

import errno
import sys
import time
from argparse import ArgumentParser, Namespace
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

from mmrsicc.cli.arguments import whole_number

if TYPE_CHECKING:
    from mmrsicc.synthcc import Settings

HELP = "make SynthCC: generated pairs with sentences, masks and events"

#: The disk is full, or the quota or the maximum file size is reached; Windows has no EDQUOT.
_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the arguments for the folder and its content."""
    parser.add_argument("out_dir", type=Path, help="folder of the data set")
    parser.add_argument(
        "--num-pairs", type=int, default=10000, help="pairs in all splits (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same data set (default: 0)")
    parser.add_argument(
        "--size", type=int, default=256, help="side of the images in pixels (default: %(default)s)"
    )
    parser.add_argument(
        "--unchanged",
        type=float,
        default=0.5,
        help="share of pairs in which nothing changes (default: %(default)s)",
    )
    parser.add_argument(
        "--sensors",
        choices=("rgb", "sentinel2", "sentinel1", "sar-optical"),
        default="rgb",
        help="what the same scenes are taken with; all but rgb write GeoTIFF (default: rgb)",
    )
    parser.add_argument(
        "--mix",
        choices=("even", "levir-cc"),
        default="even",
        help="what changes how often: all kinds and changes, or mostly new houses and buildings, "
        "as in LEVIR-CC (default: even)",
    )
    parser.add_argument(
        "--workers", type=whole_number(at_least=1), default=1, help="processes (default: 1)"
    )


def run(args: Namespace) -> None:
    """Writes the data set with a progress bar.

    Raises:
        OSError, ValueError: Settings or folder cannot be used; the message says why.
        SystemExit: It was stopped; the same command goes on.
    """
    from mmrsicc.synthcc import Settings

    try:
        settings = Settings(
            args.num_pairs, args.seed, args.size, args.unchanged, args.sensors, args.mix
        )
        _make(args.out_dir, settings, args.workers)
    except KeyboardInterrupt:
        print("run the same command again to continue", file=sys.stderr)
        raise
    except BrokenProcessPool as error:
        raise RuntimeError(
            "a process was killed, perhaps because memory ran out: run the same command again with "
            "fewer --workers to continue"
        ) from error
    except OSError as error:
        fix = (
            "free some disk space" if error.errno in _FULL else "see that the folder can be written"
        )
        raise OSError(
            f"{error}. What is written so far stays; {fix} and run the same command again "
            "to continue"
        ) from error


def _make(out_dir: Path, settings: Settings, workers: int) -> None:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from mmrsicc.synthcc import write_data_set
    from mmrsicc.utils.counts import counted

    columns = TextColumn("making SynthCC"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    start, first, done = time.perf_counter(), None, 0
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=settings.num_pairs)
        for done in write_data_set(out_dir, settings, workers):
            first = done if first is None else first
            bar.update(task, completed=done)
    seconds = time.perf_counter() - start
    made = done - (first or 0)
    print(
        f"{counted(done, 'pair')} in {out_dir}; made {made} of them in {seconds:.1f} s, "
        f"{made / seconds:.1f} pairs per second"
    )
