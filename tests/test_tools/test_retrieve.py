"""Retrieval on the command line."""

import importlib.util
import json
import sys

import pytest
from PIL import Image
from test_tools.conftest import ROOT, run_tool

TOOL = "tools/analysis_tools/retrieve.py"


@pytest.fixture
def retrieve(monkeypatch, capsys):
    """Runs the tool in this process and returns what it prints."""
    spec = importlib.util.spec_from_file_location("retrieve", ROOT / TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(config, checkpoint, *arguments):
        command = [TOOL, config, checkpoint, "--device", "cpu", *arguments]
        monkeypatch.setattr(sys, "argv", list(map(str, command)))
        module.main()
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize(("split", "pairs", "changed"), [("test", 5, 2), ("train", 7, 3)])
def test_both_directions_are_measured(
    retrieve, tiny_config, trained, tmp_path, split, pairs, changed
):
    out = tmp_path / "retrieval.json"
    printed = retrieve(tiny_config, trained, "--split", split, "--out", out)
    result = json.loads(out.read_text())
    sizes = {n: (v["queries"], v["candidates"]) for n, v in result["retrieval"].items()}
    # All changed pairs of the fabricated data bear the same five sentences, and so do the others.
    assert sizes == {
        "all/text to pair": (10, pairs),
        "all/pair to text": (pairs, 10),
        "changed/text to pair": (5, changed),
        "changed/pair to text": (changed, 5),
    }
    assert result["retrieval"]["changed/text to pair"]["R@1"] == 100
    chance = result["retrieval"]["all/text to pair"]["chance/R@1"]
    assert chance == pytest.approx(50) and result["pairs"] == pairs
    assert "by chance" in printed and result["split"] == split


def test_a_sentence_finds_pairs(tiny_config, trained, tmp_path):
    out, picture = tmp_path / "found.json", tmp_path / "found.png"
    options = ("--query", "a pond dries up", "--top", 3, "--out", out, "--picture", picture)
    done = run_tool(sys.executable, TOOL, tiny_config, trained, *options)
    found = json.loads(out.read_text())["found"]
    scores = [pair["score"] for pair in found]
    assert len({pair["pair_id"] for pair in found}) == 3 and scores == sorted(scores)[::-1]
    listed = [line.split()[1] for line in done.stdout.splitlines()[-4:-1]]
    assert listed == [pair["pair_id"] for pair in found]
    with Image.open(picture) as image:
        assert image.width > 600


def test_a_model_without_towers_is_refused(retrieve, tiny_config, trained, tmp_path):
    without = tiny_config.parent / "without.py"
    without.write_text(
        f'_base_ = ["{tiny_config}"]\nmodel = dict(
    losses=dict(_delete_=True),
)\n'
    )
    with pytest.raises(SystemExit, match="has no TGCL"):
        retrieve(without, trained)


def test_a_picture_needs_a_sentence(retrieve, tmp_path, capsys):
    with pytest.raises(SystemExit):
        retrieve("config.py", "weights.pth", "--picture", tmp_path / "a.png")
    assert "--picture shows what --query finds" in capsys.readouterr().err
