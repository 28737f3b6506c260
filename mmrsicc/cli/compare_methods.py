"""``mmrsicc compare-methods``: trains and tests methods with one budget over several seeds.

METHOD is a config; or give one file of a comparison, with `configs`, `budget` and `reference`.
It goes on where it stopped: finished runs are not repeated, interrupted ones resume.

Examples:
    mmrsicc compare-methods a.py b.py --budget budget.py --seeds 3 --learning-rates 3e-4 1e-3
    mmrsicc compare-methods a.py b.py --budget budget.py --costs
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import add_study_arguments, whole_number

if TYPE_CHECKING:
    from mmrsicc.research.study.comparison import Comparison
    from mmrsicc.research.study.run import Run
    from mmrsicc.research.study.study import Study

HELP = "train and test methods with the same budget over several seeds, for one table"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the methods, their budget, and what is done with them."""
    parser.add_argument("methods", nargs="+", metavar="METHOD", help="configs, or a comparison")
    parser.add_argument("--budget", help="config fragment that is merged over every config")
    parser.add_argument("--reference", metavar="NAME", help="(default: the first method)")
    parser.add_argument("--splits", nargs="+", metavar="SPLIT", help="to test on (default: test)")
    parser.add_argument(
        "--learning-rates",
        nargs="+",
        type=float,
        metavar="RATE",
        help="peak rates, of which each method gets the best by S*m on the validation split with "
        "the first seed (default: the config's own rate)",
    )
    parser.add_argument("--work-dir", type=Path, help="(default: work_dirs/COMPARISON)")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument(
        "--summary-only", action="store_true", help="train nothing, tabulate what is done"
    )
    modes.add_argument(
        "--costs",
        action="store_true",
        help="train nothing, measure what the methods cost, on a machine with nothing else to do",
    )
    parser.add_argument(
        "--rounds", type=whole_number(at_least=1), default=3, help="of --costs (default: 3)"
    )
    add_study_arguments(parser)


def run(args: Namespace) -> None:
    """Runs what is not done yet, and writes and prints the tables.

    Raises:
        OSError, ValueError: Methods or runs cannot be used; the message says why.
        SystemExit: Some runs failed; they are named once the others are done.
    """
    from mmengine.registry import init_default_scope

    from mmrsicc.research.costs.costs import measure_costs, write_costs
    from mmrsicc.research.study.comparison import read_comparison, tried_rates
    from mmrsicc.research.study.run import finished, run_all, runs_of

    comparison = read_comparison(
        args.methods, args.budget, args.reference, args.splits, args.learning_rates
    )
    init_default_scope("mmrsicc")
    folder = args.work_dir or Path("work_dirs") / comparison.name
    train = not (args.summary_only or args.costs)
    if args.costs:
        write_costs(measure_costs(comparison.arms, args.rounds), folder / "costs.json")
    failed: list[Run] = []
    tuning = None
    if comparison.learning_rates:
        trials = comparison.tuning()
        runs = runs_of(trials, folder, trials.arms, [args.first_seed])
        failed += run_all(runs, args.jobs) if train else []
        tuning = tried_rates(comparison, finished(runs))
    study: Study = comparison
    if tuning is not None:
        study = comparison.tuned({m: found["chosen"] for m, found in tuning.items()})
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    runs = runs_of(study, folder, study.arms, seeds)
    failed += run_all(runs, args.jobs) if train else []
    tabulate(args, comparison, study, tuning, folder)
    if failed:
        raise SystemExit(f"{len(failed)} runs failed: {', '.join(run.name for run in failed)}")


def tabulate(
    args: Namespace,
    comparison: Comparison,
    study: Study,
    tuning: dict[str, Any] | None,
    folder: Path,
) -> None:
    """Writes and prints the summary of what is done."""
    from mmrsicc.research.costs.costs import read_costs
    from mmrsicc.research.study.fairness import unshared
    from mmrsicc.research.study.method_tables import method_tables
    from mmrsicc.research.study.run import found_runs
    from mmrsicc.research.study.summary import summarise_methods, write_summary

    done = found_runs(study, folder)
    try:
        costs = read_costs(folder / "costs.json", comparison.arms)
    except ValueError as error:
        print(error)
        costs = None
    summary: dict[str, Any] = {
        "reference": comparison.reference,
        "splits": {},
        "tuning": tuning,
        "costs": costs,
        "unshared": unshared(comparison.arms),
    }
    if done:
        summary["splits"] = summarise_methods(done, folder, args.resamples)
    text = method_tables(summary)
    write_summary(folder, summary, text)
    print(text)
    print(f"written to {folder / 'summary.md'} and summary.json")
    if missing := [m for m in comparison.arms if m not in {run.arm for run in done}]:
        print(f"without a finished run: {', '.join(missing)}")
