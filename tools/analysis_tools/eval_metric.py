"""Scores files of predicted sentences, exactly as the runs that wrote them did.

How a run of tools/test.py scored its FILE.jsonl stands beside it in FILE.meta.json; arguments come
before that. Several files are the runs (seeds) of one system: mean and deviation are shown.

Examples:
    python tools/analysis_tools/eval_metric.py results.jsonl
    python tools/analysis_tools/eval_metric.py seed1.jsonl seed2.jsonl seed3.jsonl
    python tools/analysis_tools/eval_metric.py captions.txt --ann-file data/LevirCCcaptions.json
    python tools/analysis_tools/eval_metric.py results.jsonl --protocol legacy_ids \\
        --vocabulary chg2cap --ann-file data/LevirCCcaptions.json
"""

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from mmrsicc import __version__
from mmrsicc.evaluation import change_caption_scores
from mmrsicc.evaluation.caption_scores import SCORERS
from mmrsicc.evaluation.change_scores import additive_scores
from mmrsicc.evaluation.command_line import (
    RESULTS_HELP,
    add_scoring_arguments,
    check_distinct_runs,
    check_same_pairs,
    check_writable,
    errors_in_words,
    results_from,
    whole_number,
)
from mmrsicc.evaluation.protocols import build_protocol
from mmrsicc.evaluation.result_files import Results, sha256_of_results
from mmrsicc.evaluation.statistics import confidence_intervals
from mmrsicc.evaluation.tables import interval_table, mean_scores, runs_table, score_table
from mmrsicc.utils import atomic_path

#: How sentences are scored where neither argument nor run says so.
DEFAULTS = {
    "scorers": list(SCORERS),
    "protocol": "word",
    "vocabulary": None,
    "ann_file": None,
    "meteor": "python",
}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Score files of predicted sentences",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", nargs="+", help=RESULTS_HELP)
    add_scoring_arguments(parser)
    parser.add_argument("--meteor", choices=("python", "java"), help="(default: python)")
    parser.set_defaults(scorers=None, protocol=None)  # The run may say something else.
    parser.add_argument(
        "--intervals",
        type=whole_number(at_least=1),
        metavar="RESAMPLES",
        help="95 %% confidence intervals of one file, from so many bootstrap resamples",
    )
    parser.add_argument("--out", metavar="FILE.json", help="write scores and what they rest on")
    args = parser.parse_args()
    if args.intervals and len(args.results) > 1:
        parser.error("--intervals are of one file; compare.py takes several runs")
    return args


def run_record(path: str) -> dict[str, Any] | None:
    """What tools/test.py wrote beside a results file, if it did."""
    beside = Path(path).with_suffix(".meta.json")
    if Path(path).suffix != ".jsonl" or not beside.is_file():
        return None
    try:
        record = json.loads(beside.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{beside} is not valid JSON ({error}): run the test again") from error
    if not isinstance(record, dict):
        raise ValueError(f"{beside} must hold an object, as tools/test.py writes it")
    return record


def scoring_of(args: argparse.Namespace, run: dict[str, Any] | None) -> dict[str, Any]:
    """How to score a file: by the arguments, else as its run did, else by default."""
    metrics = (run or {}).get("metrics", [])
    metric: dict[str, Any] = next(
        (m for m in metrics if "ChangeCaptionMetric" in str(m["type"])), {}
    )
    given = {name: getattr(args, name) for name in DEFAULTS if getattr(args, name) is not None}
    recorded = {name: metric[name] for name in DEFAULTS if name in metric}
    if "protocol" in given:  # The vocabulary belongs to the protocol.
        recorded = {n: v for n, v in recorded.items() if n not in ("vocabulary", "ann_file")}
    return DEFAULTS | recorded | given


def scored(
    args: argparse.Namespace, path: str, scoring: dict[str, Any], run: dict[str, Any] | None
) -> tuple[dict[str, Any], Results]:
    """A file's scores with what they rest on, and its sentences."""
    results = results_from(args, path)
    protocol = build_protocol(scoring["protocol"], scoring["vocabulary"], scoring["ann_file"])
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


def one_scoring(args: argparse.Namespace, runs: list[dict[str, Any] | None]) -> dict[str, Any]:
    """The way in which all files are scored; it is said where it is not by arguments alone."""
    scorings = [scoring_of(args, run) for run in runs]
    if any(scoring != scorings[0] for scoring in scorings):
        raise ValueError(
            "the runs were not scored in one way: say --protocol, --scorers and --meteor"
        )
    if scorings[0] != scoring_of(args, None):
        said = ", ".join(f"{name} {value}" for name, value in scorings[0].items() if value)
        print(f"scored as the run was: {said}")
    return scorings[0]


def mean_of_runs(files: list[tuple[dict[str, Any], Results]]) -> dict[str, Any]:
    """Mean and deviation over the runs of a system, with the runs."""
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


@errors_in_words()
def main() -> None:
    args = parse_args()
    check_writable(args.out)
    runs = [run_record(path) for path in args.results]
    scoring = one_scoring(args, runs)
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
            "split": (args.split or "test") if args.ann_file else None,
            "versions": {"mmrsicc": __version__, "python": sys.version.split()[0]},
            "command": shlex.join(sys.argv),
        }
        with atomic_path(args.out) as path:
            path.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
