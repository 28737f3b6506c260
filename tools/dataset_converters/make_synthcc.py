"""Make SynthCC, or go on where making it stopped.

Example:
    python tools/dataset_converters/make_synthcc.py data/SynthCC --num-pairs 10000 --workers 8
"""

import argparse
import errno
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mmrsicc.synthcc import Settings, write_data_set

#: The disk, the quota or the largest file size is used up.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def parse_args() -> argparse.Namespace:
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description="Make SynthCC, or go on where it stopped.")
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
    parser.add_argument("--workers", type=int, default=1, help="processes (default: 1)")
    args = parser.parse_args()
    if args.workers < 1:
        parser.error(f"--workers {args.workers}: give at least 1")
    return args


def main() -> None:
    """Write the data set with a progress bar."""
    args = parse_args()
    try:
        settings = Settings(args.num_pairs, args.seed, args.size, args.unchanged)
        _make(args.out_dir, settings, args.workers)
    except ValueError as error:
        raise SystemExit(f"error: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit("stopped: run the same command again, it goes on from here") from None
    except BrokenProcessPool:
        raise SystemExit(
            "error: a process was killed, perhaps for want of memory: run the same command again "
            "with fewer --workers, it goes on from here"
        ) from None
    except OSError as error:
        mend = "make room" if error.errno in _FULL else "see that the folder can be written"
        raise SystemExit(
            f"error: {error}. What is written so far stays; {mend} and run the same command again, "
            "it goes on from there"
        ) from None


def _make(out_dir: Path, settings: Settings, workers: int) -> None:
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
        f"{done} pairs are in {out_dir}; made {made} of them in {seconds:.1f} s, "
        f"{made / seconds:.1f} pairs per second"
    )


if __name__ == "__main__":
    main()
