"""List every fault of a data set, with the mend, before a training run meets the first one.

Example:
    python tools/misc/verify_dataset.py data/LEVIR-CC
    python tools/misc/verify_dataset.py data/SYSU-CD --layout masks --folders time1 time2 label
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.progress import track

from mmrsicc.datasets.verify import verify_captions, verify_masks


def parse_args() -> argparse.Namespace:
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description="List every fault of a data set, with the mend.")
    parser.add_argument("data_root", help="folder of the data set")
    parser.add_argument(
        "--ann-file",
        default="LevirCCcaptions.json",
        help="caption file in it (default: %(default)s)",
    )
    parser.add_argument(
        "--layout",
        choices=("captions", "masks"),
        default="captions",
        help="captions: images/SPLIT/{A,B} and a caption file; masks: three folders (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--folders",
        nargs=3,
        metavar=("BEFORE", "AFTER", "MASKS"),
        default=("A", "B", "label"),
        help="folder names of the masks layout (default: A B label)",
    )
    return parser.parse_args()


def main() -> int:
    """Print faults and a count per kind; 1 if there is any."""
    args = parse_args()
    pairs = 0

    def show(items: Sequence[Any]) -> Iterable[Any]:
        nonlocal pairs
        pairs = len(items)
        return track(items, description="Reading pairs", console=Console(stderr=True))

    if args.layout == "captions":
        faults = verify_captions(args.data_root, args.ann_file, show)
    else:
        faults = verify_masks(args.data_root, args.folders, show)
    for fault in faults:
        print(f"{fault.kind}: {fault.message}")
    if not faults:
        print(f"{pairs} pairs checked, no fault found")
        return 0
    print(f"\n{pairs} pairs checked, faults found: {len(faults)}")
    for kind, count in sorted(Counter(fault.kind for fault in faults).items()):
        print(f"{count:>8}  {kind}")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
