import pytest
from mmengine import Config

from mmrsicc.research.study.method_tables import tables
from mmrsicc.research.study.run import Run, found_runs
from mmrsicc.research.study.study import Study
from mmrsicc.research.study.summary import summarise


@pytest.fixture
def runs(tmp_path, write_run):
    study = Study(
        name="study",
        arms={arm: Config() for arm in ("full", "ar", "late")},
        splits=("test",),
        groups={},
        comparisons=(("full", "ar"), ("full", "late")),
    )
    runs = [Run(study, arm, s, tmp_path / arm / f"seed{s}") for arm in study.arms for s in (1, 2)]
    for run in runs[:2]:
        write_run(run, "a house is built near the road", 80 + run.seed)
    for run in runs[2:4]:
        write_run(run, "a tree is gone", 60 + run.seed)
    return runs[:4]


def test_scores_of_finished_runs_and_their_differences(runs):
    summary = summarise(runs, resamples=200)
    assert [r["Sm"] for r in summary["scores"]["test"]["full"]] == [40.5, 41.0]
    assert "late" not in summary["scores"]["test"]
    difference = summary["comparisons"]["test"]["full - ar"]["change/Sm"]
    assert difference["low"] > 0 and len(difference["a"]) == 2
    assert list(summary["comparisons"]["test"]) == ["full - ar"]


def test_tables_show_means_and_intervals(runs):
    text = tables(summarise(runs, resamples=200))
    # Mean and deviation of 81 and 82.
    assert "| full | 2 | 40.75 ± 0.35 | 81.50 ± 0.71 |" in text
    line = next(line for line in text.splitlines() if line.startswith("| full - ar"))
    assert line.count("[") == line.count("]") >= 2


def test_finished_runs_are_found_whoever_made_them(runs, tmp_path):
    study = runs[0].study
    assert found_runs(study, tmp_path) == runs
    runs[0].results("test").with_suffix(".meta.json").unlink()
    assert found_runs(study, tmp_path) == runs[1:]
