"""All ways of decoding must do the same work; the benchmark's figures are not tested."""

import json
import sys

import pytest
from mmengine import Config
from test_cli.conftest import run_tool

from mmrsicc.research.costs.tables import speed_table
from mmrsicc.research.costs.training_passes import TrainingPasses, passes_table

pytestmark = pytest.mark.slow

SUBTRACTION = """
_base_ = ["{base}"]
model = dict(
    encoder=dict(
        neck=dict(_delete_=True, type="SubtractionNeck", out_channels=32),
        change_detector=None,
    ),
    losses=None,
)
"""


def test_every_config_gives_the_same_sentences_in_all_ways(tiny_config, tmp_path):
    other = tmp_path / "other.py"
    other.write_text(SUBTRACTION.format(base=tiny_config))
    done = run_tool(
        sys.executable,
        "tools/analysis_tools/benchmark.py",
        *(tiny_config, other),
        *("--pairs", 3, "--size", 64, "--length", 6, "--repeats", 1, "--vocabulary", 40),
        *("--out", tmp_path / "speed.json"),
    )
    speed = json.loads((tmp_path / "speed.json").read_text())
    assert speed_table(speed) in done.stdout
    assert [found["same"] for found in speed["configs"].values()] == [3, 3]
    rows = [line for line in done.stdout.splitlines() if line.startswith(("| tiny", "| other"))]
    assert len(rows) == 2
    for row in rows:
        cells = row.strip("| ").split(" | ")
        assert cells[-3] == "3 of 3" and float(cells[-2]) > 0 and float(cells[-1]) > 0


def test_one_pass_per_pair_is_measured_against_one_per_sentence(tiny_config, tmp_path):
    done = run_tool(
        sys.executable,
        "tools/analysis_tools/benchmark.py",
        *(tiny_config, "--training"),
        *("--pairs", 2, "--size", 64, "--repeats", 3, "--vocabulary", 40),
        *("--out", tmp_path / "speed.json"),
    )
    speed = json.loads((tmp_path / "speed.json").read_text())
    assert passes_table(speed) in done.stdout
    found = speed["configs"]["tiny"]
    ratios = [r["per_sentence"] / r["one_pass"] for r in found["rounds"]]
    assert len(ratios) == 3 and found["ratio"] == sorted(ratios)[1]
    assert found["one_pass"] == 10 / sorted(r["one_pass"] for r in found["rounds"])[1]
    assert min(found["memory"].values()) > 0


def test_both_ways_of_training_see_the_same_pairs_and_sentences(tiny_config):
    passes = TrainingPasses(Config.fromfile(tiny_config), 3, 64, 40, "cpu")
    (together,), apart = passes.batches["one_pass"], passes.batches["per_sentence"]
    assert len(apart) == 5
    for number, sample in enumerate(together["data_samples"]):
        own = [batch["data_samples"][number] for batch in apart]
        assert sample.targets == [only.targets[0] for only in own]
        assert {only.pair_id for only in own} == {sample.pair_id}
    # The first steps start from the same weights: all their sentences together have the mean of
    # their losses, each weighed by its words.
    model = passes.model.eval()

    def loss(batch):
        data = model.data_preprocessor(batch)
        return model(**data, mode="loss")["loss_caption"].item()

    words = [
        sum(len(sample.targets[0].split()) + 1 for sample in batch["data_samples"])
        for batch in apart
    ]
    mean = sum(loss(b) * n for b, n in zip(apart, words, strict=True)) / sum(words)
    assert loss(together) == pytest.approx(mean, rel=1e-5)
