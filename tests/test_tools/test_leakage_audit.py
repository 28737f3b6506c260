"""tools/analysis_tools/leakage_audit.py and its benchmark, from the command line."""

import json
import re
import sys

import pytest
from test_tools.conftest import run_tool

TOOL = "tools/analysis_tools/leakage_audit.py"


def test_a_config_against_itself_overlaps_entirely(tiny_config, tmp_path):
    done = run_tool(
        sys.executable, TOOL, tiny_config, tiny_config, "--target-splits", "train", "test",
        "--out", tmp_path, "--threads", 1,
    )  # fmt: skip
    content = json.loads((tmp_path / "leakage.json").read_text())
    assert content["splits"]["train"] == {"pairs": 7, "overlapping": 7}
    assert "train: 7 of 7 pairs overlap with the source" in done.stdout
    assert (tmp_path / "leakage.html").is_file() and content["command"]
    assert content["source_dataset"] == content["target_dataset"] == "LEVIR-CC"


def test_a_folder_must_say_what_data_it_holds(tmp_path):
    with pytest.raises(AssertionError, match=r"add --target-dataset NAME"):
        run_tool(
            sys.executable, TOOL, tmp_path, tmp_path, "--source-dataset", "LEVIR-CD",
            "--out", tmp_path / "out",
        )  # fmt: skip


def test_the_benchmark_finds_what_it_plants():
    done = run_tool(
        sys.executable, "tools/analysis_tools/benchmark_leakage.py", "--source-tiles", 32,
        "--target-tiles", 12, "--planted", 6, "--threads", 1,
    )  # fmt: skip
    assert "planted pairs found: 6 of 6; others: 0" in done.stdout
    assert re.search(r"audited in \d+ s, \d+ s of processor time, at most \d+ MiB", done.stdout)
