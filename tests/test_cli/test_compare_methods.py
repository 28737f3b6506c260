import json

import pytest
from test_cli.conftest import MMRSICC, refused, run_tool, succeed

from mmrsicc.evaluation import change_caption_scores, read_captions
from mmrsicc.evaluation.scores.change_scores import additive_scores

COMPARISON = """
configs = dict(jfm="jfm.py", subtraction="subtraction.py")
budget = dict(
    train_cfg=dict(max_epochs=1, val_interval=1),
    param_scheduler=[dict(type="OneCycleLR", eta_max=1.0, total_steps=4, by_epoch=False)],
    test_evaluator=dict(_delete_=True, type="ChangeCaptionMetric"),
)
reference = "subtraction"
"""
JFM = """
_base_ = ["{base}"]
model = dict(
    encoder=dict(
        change_detector=None,
    ),
    losses=None,
)
custom_hooks = [
    dict(
        type="TrainingPhasesHook",
        phases=[dict(begin=9, losses=["caption"], trained=["speaker"])],
    )
]
"""
SUBTRACTION = JFM.replace(
    "change_detector=None,",
    'change_detector=None, neck=dict(_delete_=True, type="SubtractionNeck", out_channels=64),',
)


@pytest.fixture
def comparison(tiny_config, tmp_path):
    (tmp_path / "jfm.py").write_text(JFM.format(base=tiny_config))
    (tmp_path / "subtraction.py").write_text(SUBTRACTION.format(base=tiny_config))
    path = tmp_path / "necks.py"
    path.write_text(COMPARISON)
    return path


def test_rates_are_chosen_on_validation_and_every_number_has_its_file(comparison, tmp_path):
    work = tmp_path / "work"
    command = [
        *MMRSICC,
        "compare-methods",
        comparison,
        "--work-dir",
        work,
        "--resamples",
        50,
    ]
    command += ["--learning-rates", "1e-3", "1e-2", "--first-seed", 5, "--seeds", 1]
    done = run_tool(*command, "--jobs", 2)
    # Two methods with two rates each; of the first seed's runs the chosen ones are tested again,
    # not trained again.
    assert "0 of 4 runs are done already" in done.stdout
    assert "without a finished run" not in done.stdout
    summary = json.loads((work / "summary.json").read_text())

    for method, tuning in summary["tuning"].items():
        tried = {float(rate): entry["Sm"] for rate, entry in tuning["tried"].items()}
        assert tuning["split"] == "val" and list(tried) == [0.001, 0.01]
        assert tried[tuning["chosen"]] == max(tried.values())
        for entry in tuning["tried"].values():
            assert entry["Sm"] == change_caption_scores(read_captions(entry["results"]))["Sm"]
            assert not entry["results"].endswith("test.jsonl")
        others = set(tried) - {tuning["chosen"]}
        assert not list((work / method / f"lr{others.pop():g}").glob("seed*/test.jsonl"))
        config = (work / method / f"lr{tuning['chosen']:g}/seed5/config.py").read_text()
        assert f"eta_max={tuning['chosen']}" in config and f"lr={tuning['chosen']}" in config
        log = (work / method / f"lr{tuning['chosen']:g}/seed5/log.txt").read_text()
        assert log.count("Epoch(train) [1][4/4]") == 1

    scores = summary["splits"]["test"]
    for system in (*scores["methods"].values(), *scores["baselines"].values()):
        files = [run["results"] for run in system.get("runs", [system])]
        computed = [change_caption_scores(read_captions(file)) for file in files]
        exact = [additive_scores(read_captions(file)).scores() for file in files]
        for name, interval in system["intervals"].items():
            # S*m has a part of BLEU, of which sums leave out pycocoevalcap's constants.
            own = exact if "BLEU" in name or name.endswith("Sm") else computed
            mean = sum(score[name] for score in own) / len(own)
            assert interval["mean"] == pytest.approx(mean)
            assert interval["low"] <= interval["mean"] <= interval["high"]
    assert scores["baselines"].keys() == {"constant", "perfect_flag"}
    assert scores["differences"].keys() == {
        *("jfm - subtraction", "constant - subtraction", "perfect_flag - subtraction")
    }
    assert summary["unshared"] == {}
    assert (work / "summary.md").read_text().strip() in done.stdout

    # With other rates there is no run, and the table of those that are there stays.
    before = (work / "summary.json").read_bytes()
    assert "no run of" in refused(
        "compare-methods", comparison, "--work-dir", work, "--summary-only"
    )
    assert (work / "summary.json").read_bytes() == before


def test_costs_are_measured_apart_from_training(comparison, tmp_path):
    work = ("--work-dir", tmp_path / "work")
    kept = tmp_path / "work" / "summary.json"  # Of runs with other learning rates.
    kept.parent.mkdir()
    kept.write_text("{}")
    done = succeed("compare-methods", comparison, *work, "--costs", "--rounds", 1)
    costs = json.loads((tmp_path / "work/costs.json").read_text())
    for cost in costs["methods"].values():
        assert cost["train"]["pairs_per_second"] > 0 and cost["caption"]["peak_mib"] > 0
        assert (cost["height"], cost["width"], cost["length"]) == (64, 64, 42)
    jfm, subtraction = (sum(costs["methods"][m]["flops"].values()) for m in ("jfm", "subtraction"))
    assert jfm > subtraction
    assert "| subtraction |" in done.stdout
    assert "summary.json stays as it is" in done.stdout and kept.read_text() == "{}"
