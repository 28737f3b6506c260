"""The card of the shipped model is filled in from files alone."""

import hashlib
import json
import runpy

import pytest
from test_apis.conftest import checkpoint
from test_cli.conftest import ROOT

from mmrsicc import shipped
from mmrsicc.apis.publishing import publish

__all__ = ["checkpoint"]

SCORES = {"BLEU-4": 50.126, "Sm": 60.0, "change/Sm": 33.333, "flag_accuracy": 90.0}


@pytest.fixture
def card(checkpoint, tmp_path, monkeypatch):
    """The script, with a copy of the page and a stand-in for the model."""
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    publish(checkpoint, None, tmp_path / "dfm-small.pth", gsd=[1.0])
    script = runpy.run_path(str(ROOT / "docs" / "en" / "model_card.py"))
    copy = tmp_path / "card.md"
    copy.write_text(script["CARD"].read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setitem(script["main"].__globals__, "CARD", copy)
    return script["main"], copy


def scores_file(folder, **changes):
    digest = hashlib.sha256((folder / "dfm-small.pth").read_bytes()).hexdigest()
    content = {
        "scores": SCORES,
        "intervals": {name: [value - 1, value + 2] for name, value in SCORES.items()},
        "counts": {"pairs": 631},
        "run": {
            "checkpoint": "elsewhere.pth",
            "checkpoint_sha256": digest,
            "data": {"data_root": "/somewhere/levir_cc_real", "split": "test"},
            "warnings": [],
        },
        **changes,
    }
    (folder / "scores.json").write_text(json.dumps(content))
    return str(folder / "scores.json")


def test_it_tells_the_file_and_its_scores(card, tmp_path):
    main, copy = card
    before = copy.read_text(encoding="utf-8")
    main([scores_file(tmp_path)])
    text = copy.read_text(encoding="utf-8")
    assert hashlib.sha256((tmp_path / "dfm-small.pth").read_bytes()).hexdigest() in text
    assert "`levir_cc_real`, split `test`, 631 pairs:" in text
    assert (
        "| all | 50.13 [49.13, 52.13] |  |  |  | 60.00 [59.00, 62.00] | 90.00 [89.00, 92.00] |"
        in text
    )
    assert "| changed |  |  |  |  | 33.33 [32.33, 35.33] |  |" in text
    assert "| images | resized to 64 x 64 pixels |" in text and "1 m (as published)" in text
    assert "not filled in yet" not in text and "/somewhere" not in text
    # All else stays, and so does the whole at another time.
    assert before.split("## What it cannot do")[1] == text.split("## What it cannot do")[1]
    main([scores_file(tmp_path)])
    assert copy.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"run": {"checkpoint": "x.pth", "checkpoint_sha256": "0"}}, "scores of x.pth, not of the"),
        ({"run": None}, "not of the shipped file"),
        ({"intervals": None}, "has no intervals"),
    ],
)
def test_other_scores_are_refused(card, tmp_path, changes, message):
    main, copy = card
    before = copy.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        main([scores_file(tmp_path, **changes)])
    assert copy.read_text(encoding="utf-8") == before
