"""The benchmark of the leakage audit must find what it plants; the figures are not tested."""

import re
import sys

import pytest
from test_cli.conftest import run_tool

pytestmark = pytest.mark.slow


def test_the_benchmark_finds_what_it_plants():
    done = run_tool(
        sys.executable, "tools/analysis_tools/benchmark_leakage.py", "--source-tiles", 32,
        "--target-tiles", 12, "--planted", 6, "--threads", 1,
    )  # fmt: skip
    assert "planted pairs found: 6 of 6; others: 0" in done.stdout
    assert re.search(r"audited in \d+ s, \d+ s of processor time, at most \d+ MiB", done.stdout)
