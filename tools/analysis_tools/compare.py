"""Says whether two systems differ by more than chance.

The same pairs must stand in all files. With several runs (seeds) of a system, the spread of its
runs counts as chance too.

Examples:
    python tools/analysis_tools/compare.py a.jsonl b.jsonl
    python tools/analysis_tools/compare.py --a a_seed1.jsonl a_seed2.jsonl --b b_seed1.jsonl
"""

import argparse
import json
import shlex
import sys
from dataclasses import asdict

from mmrsicc.evaluation import PredictedCaption
from mmrsicc.evaluation.change_scores import additive_scores
from mmrsicc.evaluation.command_line import (
    RESULTS_HELP,
    add_scoring_arguments,
    protocol_from,
    results_from,
    scoring_record,
)
from mmrsicc.evaluation.statistics import compare_systems
from mmrsicc.evaluation.tables import comparison_table, verdict
from mmrsicc.utils import atomic_path


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Say whether two systems differ by more than chance",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", nargs="*", metavar="A B", help=RESULTS_HELP)
    parser.add_argument("--a", nargs="+", metavar="RUN", help="runs of A, in place of A B")
    parser.add_argument("--b", nargs="+", metavar="RUN", help="runs of B, in place of A B")
    add_scoring_arguments(parser)
    parser.add_argument(
        "--resamples", type=int, default=10_000, help="bootstrap resamples (default: 10000)"
    )
    parser.add_argument("--level", type=float, default=0.95, help="of intervals (default: 0.95)")
    parser.add_argument("--seed", type=int, default=0, help="of all draws (default: 0)")
    parser.add_argument("--out", metavar="FILE.json", help="write what is printed")
    args = parser.parse_args()
    if args.a is None and args.b is None and len(args.results) == 2:
        args.a, args.b = args.results[:1], args.results[1:]
    elif args.results or not (args.a and args.b):
        parser.error("give two files, or runs of both systems with --a and --b")
    return args


def check_same_pairs(first: list[PredictedCaption], other: list[PredictedCaption]) -> None:
    """Refuse two files that are not measured against the same."""
    mine, theirs = ({r.pair_id: (r.references, r.flag) for r in side} for side in (first, other))
    if mine != theirs:
        odd = sorted(p for p in mine.keys() | theirs.keys() if mine.get(p) != theirs.get(p))
        raise ValueError(
            f"{len(odd)} pairs are not in both files with the same references and flag, such as "
            f"{odd[0]!r}: compare systems on one test set, for instance with --ann-file"
        )


def main() -> None:
    args = parse_args()
    try:
        protocol = protocol_from(args)
        runs = {path: results_from(args, path).records for path in (*args.a, *args.b)}
        for records in runs.values():
            check_same_pairs(runs[args.a[0]], records)
    except (FileNotFoundError, ValueError) as error:
        raise SystemExit(str(error)) from error
    scored = {path: additive_scores(r, args.scorers, protocol) for path, r in runs.items()}
    comparisons = compare_systems(
        [scored[path] for path in args.a],
        [scored[path] for path in args.b],
        args.resamples,
        args.level,
        args.seed,
    )
    print(f"A: {', '.join(args.a)}\nB: {', '.join(args.b)}\n")
    print(comparison_table(comparisons))
    words = verdict(comparisons, args.level)
    print(f"\n{words}")
    if args.out is not None:
        written = {
            "a": args.a,
            "b": args.b,
            "comparisons": {name: asdict(c) for name, c in comparisons.items()},
            "verdict": words,
            "resamples": args.resamples,
            "level": args.level,
            "seed": args.seed,
            **scoring_record(args),
            "command": shlex.join(sys.argv),
        }
        with atomic_path(args.out) as path:
            path.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
