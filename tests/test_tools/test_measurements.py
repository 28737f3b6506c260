"""Scripts that measure what the pages tell run at their smallest size; figures are not tested."""

import sys

import pytest
from test_cli.conftest import ROOT, run_tool

pytestmark = pytest.mark.slow

MODEL = ROOT / "mmrsicc" / "shipped" / "dfm-small.pth"


def lines(script: str, *arguments: object) -> list[str]:
    done = run_tool(sys.executable, f"tools/analysis_tools/{script}.py", *arguments)
    return done.stdout.splitlines()


def test_manifests_of_both_forms_have_a_row():
    rows = lines("benchmark_manifest", "--rows", 50, "--json-rows", 50)[2:]
    assert [row.split(" | ")[:2] for row in rows] == [["| parquet", "50"], ["| json", "50"]]


def test_both_similarities_of_tgcl_have_a_row():
    rows = lines("benchmark_tgcl", "--batch-size", 2, "--repeats", 1)[1:]
    assert [row.split()[1] for row in rows] == ["CosineSimilarity", "TokenSimilarity"]


def test_a_scene_has_a_row():
    (row,) = lines("benchmark_scenes", "--edges", 512, "--block", 256)[2:]
    assert row.startswith("| 512 | 4 | 4 |")


def test_scorers_agree_with_pycocoevalcap(tiny_config):
    captions = tiny_config.parent / "LevirCCcaptions.json"
    table = lines("benchmark_scorers", captions, "--scorers", "BLEU", "CIDEr-D", "--repeats", 1)
    rows = [line for line in table if line.startswith("│")]
    assert len(rows) == 3  # each by itself, and both
    assert all(float(row.strip("│ ").split("│")[-1]) < 1e-9 for row in rows)


def test_a_generated_scene_has_its_tables(tmp_path):
    said = lines("measure_generated_scene", MODEL, "--side", 1, "--out", tmp_path / "out")
    assert said[0].endswith(" of 1 pairs changed")
    assert any(line.startswith("| truth | ") for line in said)
    # One row of shapes, and two of sentences.
    assert sum(line.startswith("| tiles | ") for line in said) == 3
