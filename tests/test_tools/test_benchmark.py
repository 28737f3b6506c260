"""The benchmark's two ways of decoding must do the same work; its figures are not tested."""

import sys

from test_tools.conftest import run_tool


def test_both_ways_give_the_same_sentences(tiny_config):
    done = run_tool(
        sys.executable,
        "tools/analysis_tools/benchmark.py",
        tiny_config,
        *("--pairs", 3, "--size", 64, "--length", 6, "--repeats", 1),
    )
    assert "same sentences both ways: 3 of 3" in done.stdout
    assert "times the pairs per second" in done.stdout and "MiB" in done.stdout
