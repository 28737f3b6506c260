"""Trains and tests the arms of a study over several seeds, and prints one table.

    python tools/analysis_tools/ablate.py configs/dfm/ablation/study.py --arms core --seeds 3

It goes on where it stopped: finished runs are not repeated, interrupted ones resume.
"""

import argparse
import os
from pathlib import Path

from mmrsicc.evaluation.files.command_line import errors_in_words, whole_number
from mmrsicc.research.study.pool import carry_out_all
from mmrsicc.research.study.run import Run
from mmrsicc.research.study.study import read_study
from mmrsicc.research.study.summary import found_runs, summarise, tables, write_summary


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study", help="study file: base, arms, groups, comparisons")
    parser.add_argument("--base", help="config in place of the study's own base")
    parser.add_argument(
        "--arms", nargs="+", metavar="NAME", help="groups or arms (default: all arms)"
    )
    parser.add_argument(
        "--seeds", type=whole_number(at_least=1), default=3, help="number of seeds (default: 3)"
    )
    parser.add_argument("--first-seed", type=int, default=42, help="(default: 42)")
    parser.add_argument(
        "--jobs", type=whole_number(at_least=1), default=1, help="runs at a time (default: 1)"
    )
    parser.add_argument("--work-dir", type=Path, help="(default: work_dirs/STUDY_BASE)")
    parser.add_argument(
        "--summary-only", action="store_true", help="train nothing, tabulate what is done"
    )
    parser.add_argument(
        "--resamples", type=whole_number(at_least=1), default=2000, help="(default: 2000)"
    )
    return parser.parse_args()


@errors_in_words()
def main() -> None:
    args = parse_args()
    study = read_study(args.study, args.base)
    folder = args.work_dir or Path("work_dirs") / study.name
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    # Seed by seed, so that an interrupted study has whole rows of few seeds.
    runs = [
        Run(study, arm, seed, folder / arm / f"seed{seed}")
        for seed in seeds
        for arm in study.chosen(args.arms)
    ]
    failed = [] if args.summary_only else carry_out_all(runs, args.jobs)
    if done := found_runs(study, {arm: folder / arm for arm in study.arms}):
        summary = summarise(done, args.resamples)
        text = tables(summary)
        write_summary(folder, summary, text)
        print(text)
        print(f"written to {folder / 'summary.md'} and summary.json")
    if failed:
        raise SystemExit(f"{len(failed)} runs failed: {', '.join(run.name for run in failed)}")
    if not done:
        raise ValueError(f"no run of {folder} is done: nothing to tabulate")


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
