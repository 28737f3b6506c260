"""Which images of a detector's training reappear where a captioner is tested?

SOURCE and TARGET are folders of pairs or configs with data loaders. Images of any size are cut into
tiles of 256 x 256 pixels; tiles with similar fingerprints are compared by their pixels. DIR gets
leakage.json, which a captioner's config names as leakage_audit, matches.csv, overlap.txt, a line
per pair that overlaps, and leakage.html with pictures.

Examples:
    python tools/analysis_tools/leakage_audit.py data/LEVIR-CD/train data/LEVIR-CC \\
        --source-dataset LEVIR-CD --target-dataset LEVIR-CC \\
        --out work_dirs/leakage/levir-cd_levir-cc
    python tools/analysis_tools/leakage_audit.py configs/change_detection/siamese_mit-b1_sysu.py \\
        configs/dfm/dfm_levircc.py --out work_dirs/leakage/sysu_levir-cc
"""

import argparse
import os
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from mmengine import DictAction

from mmrsicc.evaluation.files.command_line import check_writable, errors_in_words, whole_number
from mmrsicc.research.leakage import (
    ImageFile,
    audit_leakage,
    images_of_config,
    images_of_folder,
    name_of_config,
    write_audit,
)
from mmrsicc.research.leakage.tiles import TILE


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Find training images of a detector in a captioner's test data",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="SOURCE", help="what the detector was trained on")
    parser.add_argument("target", metavar="TARGET", help="what the captioner is tested on")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--source-splits", nargs="+", default=["train"], metavar="SPLIT", help="(default: train)"
    )
    parser.add_argument(
        "--target-splits",
        nargs="+",
        default=["val", "test"],
        metavar="SPLIT",
        help="(default: val test)",
    )
    for side, said in (
        ("source", "the detector's source_dataset"),
        ("target", "dataset_name of the captioner's data"),
    ):
        parser.add_argument(
            f"--{side}-folders",
            nargs="+",
            default=["A", "B"],
            metavar="NAME",
            help=f"folders of the dates, where {side.upper()} is a folder (default: A B)",
        )
        parser.add_argument(
            f"--{side}-dataset",
            metavar="NAME",
            help=f"of the data, as {said} says; needed where {side.upper()} is a folder "
            "(default: that of the config)",
        )
    parser.add_argument(
        "--step",
        type=whole_number(at_least=1),
        default=TILE,
        help="pixels between tiles of the source; 128 also finds tiles that were cut off its grid "
        f"by half a tile (default: {TILE})",
    )
    parser.add_argument(
        "--orientations",
        action="store_true",
        help="also find turned and mirrored tiles; takes eight times as long to search",
    )
    parser.add_argument(
        "--threads", type=whole_number(at_least=1), default=os.cpu_count(), help="(default: all)"
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        metavar="KEY=VALUE",
        help="override values of both configs",
    )
    args = parser.parse_args()
    for side in ("source", "target"):
        if not getattr(args, side).endswith(".py") and not getattr(args, f"{side}_dataset"):
            parser.error(
                f"{getattr(args, side)} is a folder and does not say what data it holds: add "
                f"--{side}-dataset NAME"
            )
    return args


def read_side(args: argparse.Namespace, side: str) -> tuple[list[ImageFile], dict[str, Any]]:
    """Images of source or target, and what is recorded of it."""
    place, splits, folders, name = (
        getattr(args, key) for key in (side, f"{side}_splits", f"{side}_folders", f"{side}_dataset")
    )
    if place.endswith(".py"):
        images = [i for split in splits for i in images_of_config(place, split, args.cfg_options)]
        name = name or name_of_config(place, splits[0], args.cfg_options)
    else:
        images = [i for split in splits for i in images_of_folder(place, split, folders)]
    return images, {side: place, f"{side}_splits": splits, f"{side}_dataset": name}


@errors_in_words()
def main() -> None:
    args = parse_args()
    check_writable(args.out / "leakage.json")
    start = time.perf_counter()
    source, of_source = read_side(args, "source")
    target, of_target = read_side(args, "target")
    print(f"{len(source)} images of {args.source}, {len(target)} of {args.target}")
    audit = audit_leakage(source, target, args.step, args.orientations, args.threads)
    facts = {
        **of_source,
        **of_target,
        "step": args.step,
        "orientations": args.orientations,
        "command": shlex.join(sys.argv),
    }
    write_audit(audit, args.out, facts)
    for split, pairs in audit.pairs.items():
        print(f"{split}: {len(audit.overlapping[split])} of {pairs} pairs overlap with the source")
    for dates, count in audit.dates.items():
        print(f"  {dates}: {count} tiles")
    blank = " and ".join(map(str, audit.featureless))
    print(f"featureless tiles, not compared: {blank} of {audit.tiles[0]} and {audit.tiles[1]}")
    print(f"written to {args.out} in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
