"""The tables of the study on the page come from its results file."""

import json
from pathlib import Path
from statistics import fmean, stdev

NOTES = Path(__file__).parents[2] / "docs/en/notes"
COLUMNS = ("Sm", "change/Sm", "change/CIDEr-D", "flag_accuracy", "truth/change_true")


def mean_and_deviation(scores):
    deviation = f" ± {stdev(scores):.2f}" if len(scores) > 1 else ""
    return f"{fmean(scores):.2f}{deviation}"


def test_each_row_is_in_the_results_file():
    summary = json.loads((NOTES / "dfm_study.json").read_text(encoding="utf-8"))
    page = (NOTES / "dfm_study.md").read_text(encoding="utf-8")
    for split, arms in summary["scores"].items():
        table = page.split(f"Split `{split}`, mean and")[1].split("\n\n")[1].splitlines()[2:]
        assert table == [
            f"| {arm} | {len(runs)} | "
            + " | ".join(mean_and_deviation([run[column] for run in runs]) for column in COLUMNS)
            + " |"
            for arm, runs in arms.items()
        ]
    for split, differences in summary["comparisons"].items():
        table = page.split(f"Split `{split}`, differences")[1].split("\n\n")[1].splitlines()[2:]
        assert table == [
            f"| {name} | {len(scores['Sm']['a'])} | "
            + " | ".join(
                "{difference:+.2f} [{low:+.2f}, {high:+.2f}]".format_map(scores[column])
                for column in COLUMNS[:4]  # Truth was not compared.
            )
            + " |"
            for name, scores in differences.items()
        ]
