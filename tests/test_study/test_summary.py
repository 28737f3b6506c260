import json

import pytest

from mmrsicc.evaluation.records import PredictedCaption
from mmrsicc.evaluation.result_files import write_captions
from mmrsicc.study.run import Run
from mmrsicc.study.study import Study
from mmrsicc.study.summary import found_runs, summarise, tables

REFERENCES = ["a house is built near the road", "a new house appears beside a road"]
SAME = ["the scene is the same as before", "there is no difference"]


def write_run(run, change_caption, flag):
    records = [
        PredictedCaption(
            pair_id=f"{i}",
            caption=SAME[0] if i % 2 else change_caption,
            references=tuple(SAME if i % 2 else REFERENCES),
            flag=1 - i % 2,
        )
        for i in range(8)
    ]
    run.folder.mkdir(parents=True)
    write_captions(records, run.results("test"))
    meta = {"scores": {"Sm": flag / 2, "flag_accuracy": flag}}
    run.results("test").with_suffix(".meta.json").write_text(json.dumps(meta))


@pytest.fixture
def runs(tmp_path):
    study = Study(
        base=tmp_path / "base.py",
        splits=("test",),
        arms={"full": {}, "ar": {}, "late": {}},
        groups={},
        comparisons=(("full", "ar"), ("full", "late")),
    )
    runs = [Run(study, arm, s, tmp_path / arm / f"seed{s}") for arm in study.arms for s in (1, 2)]
    for run in runs[:2]:
        write_run(run, REFERENCES[0], 80 + run.seed)
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
