"""``mmrsicc ablate``: trains and tests the arms of a study over several seeds, for one table.

It continues where it stopped: finished runs are not repeated, interrupted ones resume.

Example:
    mmrsicc ablate configs/dfm/ablation/study.py --arms core --seeds 3
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmrsicc.cli.arguments import add_study_arguments

HELP = "train and test the arms of a study over several seeds, and print one table"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the study, its arms and seeds."""
    parser.add_argument("study", help="study file: base, arms, groups, comparisons")
    parser.add_argument("--base", help="config in place of the study's own base")
    parser.add_argument(
        "--arms", nargs="+", metavar="NAME", help="groups or arms (default: all arms)"
    )
    parser.add_argument("--work-dir", type=Path, help="(default: work_dirs/STUDY_BASE)")
    parser.add_argument(
        "--summary-only", action="store_true", help="train nothing, tabulate what is done"
    )
    add_study_arguments(parser)


def run(args: Namespace) -> None:
    """Runs what is not done yet, and writes and prints the tables.

    Raises:
        OSError, ValueError: Study or runs cannot be used; the message says why.
        SystemExit: Some runs failed; they are named once the others are done.
    """
    from mmrsicc.research.study.run import found_runs, run_all, runs_of
    from mmrsicc.research.study.study import read_study
    from mmrsicc.research.study.summary import summarise
    from mmrsicc.research.study.tables import write_summary

    study = read_study(args.study, args.base)
    folder = args.work_dir or Path("work_dirs") / study.name
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    runs = runs_of(study, folder, study.chosen(args.arms), seeds)
    found_runs(study, folder)  # Refuses what does not fit before hours of training.
    failed = [] if args.summary_only else run_all(runs, args.jobs)
    if done := found_runs(study, folder):
        write_summary(folder, {"splits": summarise(done, args.resamples)})
    if failed:
        raise SystemExit(f"{len(failed)} runs failed: {', '.join(run.name for run in failed)}")
    if not done:
        raise ValueError(f"no run of {folder} is done: leave out --summary-only to train")
