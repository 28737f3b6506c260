"""``mmrsicc eval``: scores files of predicted sentences, exactly as the runs that wrote them did.

How a run of mmrsicc test scored its FILE.jsonl stands beside it in FILE.meta.json; arguments come
before that. Several files are the runs (seeds) of one system: mean and deviation are shown.

Examples:
    mmrsicc eval results.jsonl
    mmrsicc eval seed1.jsonl seed2.jsonl seed3.jsonl
    mmrsicc eval captions.txt --ann-file data/LevirCCcaptions.json
    mmrsicc eval results.jsonl --protocol legacy_ids \\
        --vocabulary chg2cap --ann-file data/LevirCCcaptions.json
"""

from __future__ import annotations

import json
import shlex
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import RESULTS_HELP, add_scoring_arguments, whole_number

if TYPE_CHECKING:
    from mmrsicc.evaluation.files.result_files import Results

HELP = "score files of predicted sentences"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds files and how they are scored."""
    parser.add_argument("results", nargs="+", help=RESULTS_HELP)
    add_scoring_arguments(parser)
    parser.add_argument(
        "--meteor", choices=("python", "java"), help="(default: as the run was scored, else python)"
    )
    parser.add_argument(
        "--intervals",
        type=whole_number(at_least=1),
        metavar="RESAMPLES",
        help="95 %% confidence intervals of one file, from so many bootstrap resamples",
    )
    parser.add_argument("--out", metavar="FILE.json", help="write scores and their provenance")


def run(args: Namespace) -> None:
    """Prints the scores, and writes them if asked.

    Raises:
        OSError, ValueError: A file cannot be scored; the message says why.
    """
    if args.intervals and len(args.results) > 1:
        raise ValueError("--intervals takes one file: use mmrsicc compare for several runs")

    from mmrsicc import __version__
    from mmrsicc.evaluation.files.command_line import (
        check_distinct_runs,
        check_writable,
        scoring_of,
        split_of,
    )
    from mmrsicc.evaluation.files.result_files import read_run_record
    from mmrsicc.evaluation.scores.tables import interval_table, score_table
    from mmrsicc.utils import atomic_path

    check_writable(args.out, args)
    runs = [read_run_record(path) for path in args.results]
    scoring = scoring_of(args, runs)
    files = [scored(args, path, scoring, run) for path, run in zip(args.results, runs, strict=True)]
    check_distinct_runs(args.results)
    if len(files) > 1:
        written = mean_of_runs(files)
    else:
        written, _ = files[0]
        print(score_table(written["scores"]))
        if args.intervals:
            table = interval_table(written["scores"], written["intervals"])
            print(f"\n95 % intervals\n{table}")
    if args.out is not None:
        written |= {
            **scoring,
            "split": split_of(args),
            "versions": {"mmrsicc": __version__, "python": sys.version.split()[0]},
            "command": shlex.join(sys.argv),
        }
        with atomic_path(args.out) as path:
            path.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def scored(
    args: Namespace, path: str, scoring: dict[str, Any], run: dict[str, Any] | None
) -> tuple[dict[str, Any], Results]:
    """A file's scores with what they rest on, and its sentences."""
    from mmrsicc.evaluation import change_caption_scores
    from mmrsicc.evaluation.files.command_line import protocol_of, results_from
    from mmrsicc.evaluation.files.result_files import sha256_of_results
    from mmrsicc.evaluation.scores.change_scores import additive_scores
    from mmrsicc.evaluation.scores.statistics import confidence_intervals

    results = results_from(args, path, scoring)
    protocol = protocol_of(scoring)
    scores = change_caption_scores(results.records, scoring["scorers"], protocol, scoring["meteor"])
    print(f"{path}: " + ", ".join(f"{count} {name}" for name, count in results.counts.items()))
    for warning in (run or {}).get("warnings", []):
        print(f"warning: {warning}")
    record = {
        "scores": scores,
        "counts": results.counts,
        "missing": results.missing,
        "results": path,
        "sha256": sha256_of_results(path),
        "run": run,
    }
    if args.intervals:
        additive = additive_scores(results.records, scoring["scorers"], protocol)
        record["intervals"] = confidence_intervals(additive, args.intervals)
    return record, results


def mean_of_runs(files: list[tuple[dict[str, Any], Results]]) -> dict[str, Any]:
    """Mean and deviation over the runs of a system, with the runs."""
    from mmrsicc.evaluation.files.command_line import check_same_pairs
    from mmrsicc.evaluation.scores.tables import mean_scores, runs_table

    for _, results in files:
        check_same_pairs(files[0][1].records, results.records)
    records = [record for record, _ in files]
    scores = [record["scores"] for record in records]
    print(runs_table(scores))
    means = mean_scores(scores)
    return {
        "mean": {name: mean for name, (mean, _) in means.items()},
        "deviation": {name: deviation for name, (_, deviation) in means.items()},
        "runs": records,
    }
