"""The pages of the comparisons hold what was measured."""

import json
from pathlib import Path

import pytest

from mmrsicc.research.costs.tables import speed_table
from mmrsicc.research.study.tables import tables

NOTES = Path(__file__).parents[2] / "docs" / "en" / "notes"


@pytest.mark.parametrize("name", ["comparison", "comparison_real"])
def test_the_tables_are_those_of_the_summary(name):
    figures = json.loads((NOTES / f"{name}.json").read_text(encoding="utf-8"))
    page = (NOTES / f"{name}.md").read_text(encoding="utf-8")
    assert tables(figures["comparison"]).strip() in page
    assert "decoding" not in figures or speed_table(figures["decoding"]) in page


def test_the_scores_on_frozen_features_are_those_of_the_summary():
    """The page has its table of scores alone."""
    figures = json.loads((NOTES / "comparison_frozen.json").read_text(encoding="utf-8"))
    page = (NOTES / "comparison.md").read_text(encoding="utf-8")
    assert tables(figures["comparison"]).strip().split("\n\n")[1] in page


def test_the_tables_of_bands_are_those_of_the_summary():
    figures = json.loads((NOTES / "bands.json").read_text(encoding="utf-8"))
    page = (NOTES.parent / "user_guides" / "synthcc.md").read_text(encoding="utf-8")
    assert tables(figures["comparison"]).strip() in page
