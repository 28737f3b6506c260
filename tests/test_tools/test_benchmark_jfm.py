"""Every option of JFM must run; the figures are not tested."""

import sys

import pytest
from test_cli.conftest import run_tool

pytestmark = pytest.mark.slow


def test_a_row_for_each_option():
    small = ("--in-channels", 8, "--channels", 32, "--size", 32, "--pairs", 1, "--repeats", 1)
    done = run_tool(sys.executable, "tools/analysis_tools/benchmark_jfm.py", *small)
    header, _, *rows = (line for line in done.stdout.splitlines() if line.startswith("|"))
    assert header.startswith("| option | parameters")
    assert rows[0].startswith("| default |") and rows[0].endswith("| 1.00 |")
    assert len(rows) == 14
