"""The pages name only what exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("docs/en/**/*.md"), *ROOT.glob("configs/*/README.md")])
PAGES += [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
#: What a command on the pages makes: the site, and the model that is shipped.
MADE = ("docs/_build", "mmrsicc/.mim", "mmrsicc/shipped/dfm-small.pth")


def slug(heading: str) -> str:
    """The anchor that a heading gets on GitHub."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    return set(map(slug, re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_only_what_exists(page):
    text = page.read_text(encoding="utf-8")
    missing = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(link)
    for path in re.findall(r"(?<![\w./-])(?:configs|tools|docs|mmrsicc|tests)/[\w./-]*", text):
        if path.startswith(MADE):
            continue
        if not (ROOT / path.rstrip(".")).exists():
            missing.append(path)
    assert not missing
    assert "MEASURED:" not in text, "a figure is still to be filled in"
