"""All ways of decoding must do the same work; the benchmark's figures are not tested."""

import json
import sys

from test_cli.conftest import run_tool

from mmrsicc.research.study.method_tables import speed_table

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
