"""Retrieval on the command line."""

import json

import pytest
from PIL import Image
from test_cli.conftest import refused, succeed


@pytest.mark.parametrize(("split", "pairs", "changed"), [("test", 5, 2), ("train", 7, 3)])
def test_both_directions_are_measured(tiny_config, trained, tmp_path, split, pairs, changed):
    out = tmp_path / "retrieval.json"
    printed = succeed("retrieve", tiny_config, trained, "--split", split, "--out", out).stdout
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
    done = succeed("retrieve", tiny_config, trained, *options)
    found = json.loads(out.read_text())["found"]
    scores = [pair["score"] for pair in found]
    assert len({pair["pair_id"] for pair in found}) == 3 and scores == sorted(scores)[::-1]
    listed = [line.split()[1] for line in done.stdout.splitlines()[-4:-1]]
    assert listed == [pair["pair_id"] for pair in found]
    with Image.open(picture) as image:
        assert image.width > 600


def test_a_model_without_towers_is_refused(tiny_config, trained):
    without = tiny_config.parent / "without.py"
    without.write_text(f'_base_ = ["{tiny_config}"]\nmodel = dict(losses=dict(_delete_=True))\n')
    assert "has no TGCL" in refused("retrieve", without, trained)


def test_a_picture_needs_a_sentence(tmp_path):
    said = refused("retrieve", "config.py", "weights.pth", "--picture", tmp_path / "a.png")
    assert "--picture shows what --query finds" in said
