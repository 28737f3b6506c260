"""The tables of the study on the page come from its results file."""

import json
from pathlib import Path

import pytest

from mmrsicc.research.study.tables import tables

NOTES = Path(__file__).parents[2] / "docs/en/notes"
PAGE = (NOTES / "dfm_study.md").read_text(encoding="utf-8")
STUDIES = json.loads((NOTES / "dfm_study.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("study", STUDIES)
def test_every_row_is_in_the_results_file(study):
    section = PAGE.split(f"<!-- {study} -->")[1].split("<!-- end -->")[0]
    for split, scores in STUDIES[study].items():
        rows = [
            line for line in tables({"splits": {split: scores}}).splitlines() if line[:1] == "|"
        ]
        shown = section.split(f"Split `{split}`", 1)[1]
        assert (
            rows
            and "\n".join(rows[: len(rows)]).splitlines()
            == [line for line in shown.splitlines() if line[:1] == "|"][: len(rows)]
        )
