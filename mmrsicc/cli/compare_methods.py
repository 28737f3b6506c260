"""``mmrsicc compare-methods``: trains and tests methods with one budget over several seeds.

METHOD is a config; or give one file of a comparison, with `configs`, `budget` and `reference`.
It continues where it stopped: finished runs are not repeated, interrupted ones resume.

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
    from mmrsicc.research.study.run import Run
    from mmrsicc.research.study.study import Study

HELP = "train and test methods with the same budget over several seeds, for one table"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the methods, their budget, and what is done with them."""
    parser.add_argument("methods", nargs="+", metavar="METHOD", help="configs, or a comparison")
    parser.add_argument("--budget", help="config fragment that is merged over every config")
    parser.add_argument("--reference", metavar="NAME", help="(default: the first method)")
    parser.add_argument(
        "--splits", nargs="+", metavar="SPLIT", help="splits to test on (default: test)"
    )
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
        "--rounds", type=whole_number(at_least=1), default=3, help="rounds of --costs (default: 3)"
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
    from mmrsicc.research.study.comparison import read_comparison
    from mmrsicc.research.study.fairness import unshared
    from mmrsicc.research.study.run import found_runs, run_all, runs_of
    from mmrsicc.research.study.summary import summarise
    from mmrsicc.research.study.tables import tables, write_summary
    from mmrsicc.research.study.tuning import trials, tried_rates, tuned

    study, rates = read_comparison(
        args.methods, args.budget, args.reference, args.splits, args.learning_rates
    )
    init_default_scope("mmrsicc")
    folder = args.work_dir or Path("work_dirs") / study.name
    train = not (args.summary_only or args.costs)
    tried = trials(study, rates) if rates else []
    if args.costs:
        write_costs(measure_costs(study.arms, args.rounds), folder / "costs.json")
    failed: list[Run] = []
    tuning, tested = None, study
    if tried:
        runs = [run for t in tried for run in runs_of(t, folder, t.arms, [args.first_seed])]
        failed += run_all(runs, args.jobs) if train else []
        tuning = tried_rates(runs)
        tested = tuned(study, tuning)
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    found_runs(tested, folder)  # Refuses what does not fit before hours of training.
    if train:
        failed += run_all(runs_of(tested, folder, tested.arms, seeds), args.jobs)
    done = found_runs(tested, folder)
    if not (done or args.costs or failed):
        raise ValueError(
            f"no run of {folder} is done: leave out --summary-only to train, or give the "
            "--learning-rates of the runs that are there"
        )
    summary = {
        "reference": study.comparisons[0][1],
        "splits": summarise(done, args.resamples, folder / "baselines") if done else {},
        "tuning": tuning,
        "costs": _known_costs(study, folder),
        "unshared": unshared(study.arms),
    }
    if done or not (folder / "summary.json").is_file():
        write_summary(folder, summary)
    else:
        print(tables(summary))
        print(f"{folder / 'summary.json'} stays as it is: none of the runs asked for is done")
    if missing := [m for m in study.arms if m not in {run.arm for run in done}]:
        print(f"without a finished run: {', '.join(missing)}")
    if failed:
        raise SystemExit(f"{len(failed)} runs failed: {', '.join(run.name for run in failed)}")


def _known_costs(study: Study, folder: Path) -> dict[str, Any] | None:
    """The costs that were measured; None, and why, if the methods are others by now."""
    from mmrsicc.research.costs.costs import read_costs

    try:
        return read_costs(folder / "costs.json", study.arms)
    except ValueError as error:
        print(error)
        return None
