"""The tables of the study on the page come from its results file."""

import json
from pathlib import Path

import pytest

from mmrsicc.research.study.tables import tables

NOTES = Path(__file__).parents[2] / "docs/en/notes"
STUDIES = json.loads((NOTES / "dfm_study.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("study", STUDIES)
def test_the_tables_are_those_of_the_results_file(study):
    page = (NOTES / "dfm_study_tables.md").read_text(encoding="utf-8")
    assert tables({"splits": STUDIES[study]}).strip() in page
