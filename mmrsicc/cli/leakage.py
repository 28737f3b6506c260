"""``mmrsicc leakage``: training images of a detector in a captioner's test data.

SOURCE and TARGET are folders of pairs or configs with data loaders. Images of any size are cut into
tiles of 256 x 256 pixels; tiles with similar fingerprints are compared by their pixels. DIR gets
leakage.json, which a captioner's config names as leakage_audit, matches.csv, overlap.txt, a line
per pair that overlaps, and leakage.html with pictures.

Examples:
    mmrsicc leakage data/LEVIR-CD/train data/LEVIR-CC \\
        --source-dataset LEVIR-CD --target-dataset LEVIR-CC \\
        --out work_dirs/leakage/levir-cd_levir-cc
    mmrsicc leakage configs/change_detection/siamese_mit-b1_sysu.py \\
        configs/dfm/dfm_levircc.py --out work_dirs/leakage/sysu_levir-cc
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import add_cfg_options, check_side, whole_number

if TYPE_CHECKING:
    from mmrsicc.research.leakage import ImageFile

#: Default folders of the dates.
DATES = ["A", "B"]

HELP = "find training images of a detector in a captioner's test data"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds source, target and how they are searched."""
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
            default=DATES,
            metavar="NAME",
            help=f"folders of the dates, where {side.upper()} is a folder (default: A B)",
        )
        parser.add_argument(
            f"--{side}-dataset",
            metavar="NAME",
            help=f"name of the data, as {said} says; needed where {side.upper()} is a folder "
            "(default: that of the config)",
        )
    parser.add_argument(
        "--step",
        type=whole_number(at_least=1),
        help="pixels between tiles of the source; 128 also finds tiles that were cut off its grid "
        "by half a tile (default: 256, a tile)",
    )
    parser.add_argument(
        "--orientations",
        action="store_true",
        help="also find turned and mirrored tiles; takes eight times as long to search",
    )
    parser.add_argument(
        "--threads", type=whole_number(at_least=1), default=os.cpu_count(), help="(default: all)"
    )
    add_cfg_options(parser, "train_dataloader.dataset.data_root=data/mine (of both configs)")


def run(args: Namespace) -> None:
    """Writes the audit, and prints how many pairs overlap.

    Raises:
        OSError, ValueError: Source or target cannot be read; the message says why.
    """
    for side in ("source", "target"):
        check_side(args, getattr(args, side), {f"--{side}-folders": DATES}, {})
        if not getattr(args, side).endswith(".py") and not getattr(args, f"{side}_dataset"):
            raise ValueError(
                f"{getattr(args, side)} is a folder and does not say what data it holds: add "
                f"--{side}-dataset NAME"
            )

    if args.cfg_options and not any(place.endswith(".py") for place in (args.source, args.target)):
        raise ValueError("--cfg-options is of configs, and both sides are folders: leave it out")

    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.research.leakage import audit_leakage, write_audit
    from mmrsicc.research.leakage.tiles import TILE
    from mmrsicc.utils.counts import counted

    check_writable(args.out / "leakage.json")
    start = time.perf_counter()
    source, of_source = read_side(args, "source")
    target, of_target = read_side(args, "target")
    print(f"{counted(len(source), 'image')} of {args.source}, {len(target)} of {args.target}")
    step = args.step or TILE
    audit = audit_leakage(source, target, step, args.orientations, args.threads)
    facts = {
        **of_source,
        **of_target,
        "step": step,
        "orientations": args.orientations,
        "command": shlex.join(sys.argv),
    }
    write_audit(audit, args.out, facts)
    for split, pairs in audit.pairs.items():
        print(f"{split}: {len(audit.overlapping[split])} of {pairs} pairs overlap with the source")
    for dates, count in audit.dates.items():
        print(f"  {dates}: {counted(count, 'tile')}")
    blank = " and ".join(map(str, audit.featureless))
    print(f"featureless tiles, not compared: {blank} of {audit.tiles[0]} and {audit.tiles[1]}")
    print(f"written to {args.out} in {time.perf_counter() - start:.0f} s")


def read_side(args: Namespace, side: str) -> tuple[list[ImageFile], dict[str, Any]]:
    """Images of source or target, and what is recorded of it."""
    from mmrsicc.research.leakage import images_of_config, images_of_folder, name_of_config

    place, splits, folders, name = (
        getattr(args, key) for key in (side, f"{side}_splits", f"{side}_folders", f"{side}_dataset")
    )
    if place.endswith(".py"):
        images = [i for split in splits for i in images_of_config(place, split, args.cfg_options)]
        name = name or name_of_config(place, splits[0], args.cfg_options)
    else:
        images = [i for split in splits for i in images_of_folder(place, split, folders)]
    return images, {side: place, f"{side}_splits": splits, f"{side}_dataset": name}
