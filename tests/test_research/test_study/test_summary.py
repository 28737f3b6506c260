import pytest
from mmengine import Config

from mmrsicc.research.study.run import Run, found_runs
from mmrsicc.research.study.study import Study
from mmrsicc.research.study.summary import summarise
from mmrsicc.research.study.tables import tables


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
    summary = summarise(runs, resamples=200)["test"]
    assert [run["scores"]["Sm"] for run in summary["methods"]["full"]["runs"]] == [40.5, 41.0]
    assert "late" not in summary["methods"]
    assert list(summary["differences"]) == ["full - ar"]
    difference = summary["differences"]["full - ar"]["change/Sm"]
    assert difference["low"] > 0 and len(difference["a"]) == 2
    means = [summary["methods"][arm]["intervals"]["change/Sm"]["mean"] for arm in ("full", "ar")]
    assert difference["difference"] == pytest.approx(means[0] - means[1])


def test_tables_show_means_and_intervals(runs):
    text = tables({"splits": summarise(runs, resamples=200)})
    # The sentence for changed pairs is one of their two references, in all runs: no spread.
    assert "| full | 2 | " in text
    line = next(line for line in text.splitlines() if line.startswith("| full - ar"))
    assert line.count("[") == line.count("]") >= 2


def test_runs_on_other_pairs_are_not_compared(runs):
    file = runs[3].results("test")
    file.write_text(file.read_text().replace('"0"', '"a"'))
    with pytest.raises(ValueError, match=r"1 pairs|2 pairs") as error:
        summarise(runs, resamples=10)
    assert str(runs[0].results("test")) in str(error.value) and str(file) in str(error.value)


def test_finished_runs_are_found_whoever_made_them(runs, tmp_path):
    study = runs[0].study
    assert found_runs(study, tmp_path) == runs
    runs[0].results("test").with_suffix(".meta.json").unlink()
    assert found_runs(study, tmp_path) == runs[1:]
