"""``mmrsicc compare``: whether two systems differ by more than chance.

The same pairs must stand in all files. With several runs (seeds) of a system, the spread of its
runs counts as chance too.

Examples:
    mmrsicc compare a.jsonl b.jsonl
    mmrsicc compare --a a_seed1.jsonl a_seed2.jsonl --b b_seed1.jsonl
"""

from __future__ import annotations

import json
import shlex
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from mmrsicc.cli.arguments import RESULTS_HELP, add_scoring_arguments, share, whole_number

HELP = "say whether two systems differ by more than chance"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the runs of both systems, how they are scored, and the bootstrap."""
    parser.add_argument("results", nargs="*", metavar="A B", help=RESULTS_HELP)
    parser.add_argument("--a", nargs="+", metavar="RUN", help="runs of A, in place of A B")
    parser.add_argument("--b", nargs="+", metavar="RUN", help="runs of B, in place of A B")
    add_scoring_arguments(parser)
    parser.add_argument(
        "--resamples",
        type=whole_number(at_least=1),
        default=10_000,
        help="bootstrap resamples (default: 10000)",
    )
    parser.add_argument(
        "--level", type=share, default=0.95, help="confidence level (default: 0.95)"
    )
    parser.add_argument(
        "--seed", type=whole_number(at_least=0), default=0, help="random seed (default: 0)"
    )
    parser.add_argument("--out", metavar="FILE.json", help="write what is printed")


def run(args: Namespace) -> None:
    """Prints a table and a verdict, and writes them if asked.

    Raises:
        OSError, ValueError: The files cannot be compared; the message says why.
    """
    system_a, system_b = _systems(args)

    from mmrsicc.evaluation.files.command_line import (
        check_distinct_runs,
        check_same_pairs,
        check_writable,
        protocol_of,
        results_from,
        scoring_of,
        split_of,
    )
    from mmrsicc.evaluation.files.result_files import read_run_record
    from mmrsicc.evaluation.scores.change_scores import additive_scores
    from mmrsicc.evaluation.scores.statistics import compare_systems
    from mmrsicc.evaluation.scores.tables import comparison_table, verdict
    from mmrsicc.utils import atomic_path

    check_writable(args.out, args)
    paths = (*system_a, *system_b)
    scoring = scoring_of(args, [read_run_record(path) for path in paths])
    protocol = protocol_of(scoring)
    runs = {path: results_from(args, path, scoring).records for path in paths}
    for records in runs.values():
        check_same_pairs(runs[system_a[0]], records)
    for system in (system_a, system_b):
        check_distinct_runs(system)
    scored = {path: additive_scores(r, scoring["scorers"], protocol) for path, r in runs.items()}
    comparisons = compare_systems(
        [scored[path] for path in system_a],
        [scored[path] for path in system_b],
        args.resamples,
        args.level,
        args.seed,
    )
    print(f"A: {', '.join(system_a)}\nB: {', '.join(system_b)}\n")
    print(comparison_table(comparisons))
    words = verdict(comparisons, args.level)
    print(f"\n{words}")
    if args.out is not None:
        written = {
            "a": system_a,
            "b": system_b,
            "comparisons": {name: asdict(c) for name, c in comparisons.items()},
            "verdict": words,
            "resamples": args.resamples,
            "level": args.level,
            "seed": args.seed,
            **scoring,
            "split": split_of(args),
            "command": shlex.join(sys.argv),
        }
        with atomic_path(args.out) as path:
            path.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def _systems(args: Namespace) -> tuple[list[str], list[str]]:
    """The runs of A and those of B."""
    if args.a is None and args.b is None and len(args.results) == 2:
        return args.results[:1], args.results[1:]
    if args.results or not (args.a and args.b):
        raise ValueError("give two files, or runs of both systems with --a and --b")
    return args.a, args.b
