"""Scores a file of predicted sentences, exactly as the run that wrote it did.

Examples:
    python tools/analysis_tools/eval_metric.py results.jsonl
    python tools/analysis_tools/eval_metric.py captions.txt --ann-file data/LevirCCcaptions.json
    python tools/analysis_tools/eval_metric.py results.jsonl --protocol legacy_ids \\
        --vocabulary chg2cap --ann-file data/LevirCCcaptions.json
"""

import argparse
import hashlib
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from mmrsicc import __version__
from mmrsicc.evaluation import change_caption_scores
from mmrsicc.evaluation.change_scores import additive_scores
from mmrsicc.evaluation.command_line import (
    RESULTS_HELP,
    add_scoring_arguments,
    protocol_from,
    results_from,
    scoring_record,
)
from mmrsicc.evaluation.result_files import Results
from mmrsicc.evaluation.statistics import confidence_intervals
from mmrsicc.evaluation.tables import interval_table, score_table
from mmrsicc.utils import atomic_path


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Score a file of predicted sentences",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", help=RESULTS_HELP)
    add_scoring_arguments(parser)
    parser.add_argument(
        "--meteor", choices=("python", "java"), default="python", help="(default: python)"
    )
    parser.add_argument(
        "--intervals",
        type=int,
        metavar="RESAMPLES",
        default=0,
        help="95 %% confidence intervals from so many bootstrap resamples",
    )
    parser.add_argument("--out", metavar="FILE.json", help="write scores and what they rest on")
    return parser.parse_args()


def record(args: argparse.Namespace, results: Results, scores: dict[str, float]) -> dict[str, Any]:
    """What the scores rest on."""
    return {
        "scores": scores,
        "counts": results.counts,
        "missing": results.missing,
        "results": args.results,
        "sha256": sha256(args.results),
        **scoring_record(args),
        "meteor": args.meteor,
        "versions": {"mmrsicc": __version__, "python": sys.version.split()[0]},
        "command": shlex.join(sys.argv),
    }


def sha256(path: str) -> str:
    """Of a file, or of all caption files of a folder."""
    files = sorted(Path(path).glob("*_cap.txt")) if Path(path).is_dir() else [Path(path)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def main() -> None:
    args = parse_args()
    try:
        protocol, results = protocol_from(args), results_from(args, args.results)
    except (FileNotFoundError, ValueError) as error:
        raise SystemExit(str(error)) from error
    scores = change_caption_scores(results.records, args.scorers, protocol, args.meteor)
    print(", ".join(f"{count} {name}" for name, count in results.counts.items()))
    print(score_table(scores))
    written = record(args, results, scores)
    if args.intervals:
        run = additive_scores(results.records, args.scorers, protocol)
        written["intervals"] = confidence_intervals(run, args.intervals)
        print(f"\n95 % intervals\n{interval_table(scores, written['intervals'])}")
    if args.out is not None:
        with atomic_path(args.out) as path:
            path.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
