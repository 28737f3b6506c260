"""Rank agreement of two comparisons, against ranks counted by hand."""

import json

import numpy as np
import pytest

from tools.analysis_tools import rank_agreement


def summary(path, scores, split="test"):
    methods = {name: {"intervals": {"Sm": {"mean": mean}}} for name, mean in scores.items()}
    path.write_text(json.dumps({"splits": {split: {"methods": methods}}}), encoding="utf-8")
    return str(path)


def test_only_methods_of_both_files_are_ranked(tmp_path, capsys):
    real = summary(tmp_path / "a.json", {"a": 1, "b": 2, "c": 3, "d": 4, "e": 9})
    generated = summary(tmp_path / "b.json", {"d": 30, "c": 40, "b": 20, "a": 10, "f": 0})
    rank_agreement.main([real, generated])
    row = capsys.readouterr().out.splitlines()[2].split("|")
    # Two neighbours out of four have changed places: 1 - 6 * (1 + 1) / (4 * 15).
    assert [cell.strip() for cell in row[1:4]] == ["S*m", "4", "0.80"]


def test_interval_of_equal_orders_is_one():
    pairs = np.array([[1, 2], [2, 3], [3, 7], [4, 8]], dtype=float)
    assert rank_agreement.agreement(pairs) == pytest.approx((1, 1, 1))


def test_equal_scores_have_no_order(tmp_path, capsys):
    blind = summary(tmp_path / "blind.json", {"a": 50, "b": 50, "c": 50})
    real = summary(tmp_path / "real.json", {"a": 1, "b": 2, "c": 3})
    rank_agreement.main([blind, real])
    assert "| S*m | 3 | none: equal for all |" in capsys.readouterr().out


def test_few_methods_and_unknown_splits_are_refused(tmp_path, capsys):
    two = summary(tmp_path / "two.json", {"a": 1, "b": 2})
    with pytest.raises(SystemExit):
        rank_agreement.main([two, two])
    assert "2 methods are in both files" in capsys.readouterr().err
    for file, args, expected in (
        (two, ["--split", "val"], "two.json has no split 'val', only ['test']"),
        (str(tmp_path / "none.json"), [], "none.json"),
    ):
        with pytest.raises(SystemExit):
            rank_agreement.main([two, file, *args])
        assert expected in capsys.readouterr().err
