"""``mmrsicc make-captions``: a caption file from a table of sentences."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path

HELP = "make the caption file of a data set from a table with a sentence per line"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds table and caption file."""
    parser.add_argument(
        "table",
        type=Path,
        metavar="TABLE",
        help="CSV or TSV file with the columns filename, split and sentence, and if you like "
        "changeflag",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE.json",
        help="caption file, such as DATA_ROOT/LevirCCcaptions.json",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace FILE.json if it is there")


def run(args: Namespace) -> None:
    """Writes the caption file and says what is in it.

    Raises:
        OSError, ValueError: Nothing is written; the message says why.
    """
    with redirect_stdout(sys.stderr):
        from mmrsicc.datasets.caption_table import read_caption_table
        from mmrsicc.utils import atomic_path
        from mmrsicc.utils.counts import counted

    if args.out.suffix.lower() != ".json":
        raise ValueError(f"--out {args.out}: caption files are JSON, end it in .json")
    if args.out.exists() and not args.overwrite:
        raise ValueError(f"{args.out} is there already: give --overwrite, or another --out")
    records, spare = read_caption_table(args.table)
    with atomic_path(args.out) as path:
        text = json.dumps({"images": records}, indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
    if spare:
        print(f"columns left out: {', '.join(spare)}", file=sys.stderr)
    pairs = Counter(record["split"] for record in records)
    sentences = sum(len(record["sentences"]) for record in records)
    parts = ", ".join(f"{split} {count}" for split, count in pairs.items())
    what = f"{counted(len(records), 'pair')} ({parts}) with {counted(sentences, 'sentence')}"
    print(f"{args.out} has {what}")
