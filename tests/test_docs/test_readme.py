"""The README shows what was measured, on its first screen."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDES = ROOT / "docs" / "en" / "user_guides"


def test_its_scores_stand_on_the_pages_of_the_model_and_the_data():
    card = (GUIDES / "shipped_model.md").read_text(encoding="utf-8")
    data = (GUIDES / "levir_cc_real.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", README, re.M)
    assert len(rows) == 5
    for system, *scores in rows:
        page = card if system.startswith("dfm-small") else data
        assert all(re.search(rf"\b{re.escape(s)}\b", page) for s in scores), (system, scores)


def test_the_first_screen_has_picture_install_command_scores_and_licence():
    screen = README.split("\n## ")[0]
    assert len(screen.split()) < 300
    for part in (
        "docs/en/images/",
        "pip install",
        "mmrsicc caption ",
        "| system |",
        "LICENSE",
        "CITATION.cff",
    ):
        assert part in screen, part
