import json
from pathlib import Path

from mmrsicc.research.study.method_tables import tables

NOTES = Path(__file__).parents[2] / "docs/en/notes"


def test_the_tables_of_the_study_come_from_its_results_file():
    summary = json.loads((NOTES / "dfm_study.json").read_text(encoding="utf-8"))
    assert tables(summary).strip() in (NOTES / "dfm_study.md").read_text(encoding="utf-8")
