"""The page of the comparison holds what was measured."""

import json
from pathlib import Path

from mmrsicc.research.costs.tables import speed_table
from mmrsicc.research.study.tables import tables

NOTES = Path(__file__).parents[2] / "docs" / "en" / "notes"


def test_the_tables_are_those_of_the_summary():
    figures = json.loads((NOTES / "comparison.json").read_text(encoding="utf-8"))
    page = (NOTES / "comparison.md").read_text(encoding="utf-8")
    assert tables(figures["comparison"]).strip() in page
    assert speed_table(figures["decoding"]) in page
