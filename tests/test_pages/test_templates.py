"""HTML pages: one template set, one style."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from mmrsicc import pages
from mmrsicc.pages import part, render, safe, style

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(pages.__file__).parent / "templates"


def test_texts_are_escaped_and_html_is_not():
    assert "<b>" not in render("demo_notice.html", text="<b>", kind="")
    assert 'role="alert"' in render("demo_notice.html", text="x", kind="error")
    html = render("report.html", title="<t>", body=[safe("<p>one</p>"), "<two>"])
    assert "<title>&lt;t&gt;</title>" in html and "<p>one</p>\n&lt;two&gt;" in html
    assert part("note", "<x>") == '<p class="note">&lt;x&gt;</p>'


def test_every_page_that_stands_alone_has_the_style_and_loads_nothing_from_elsewhere():
    html = render("report.html", title="t", body=[])
    assert style() in html and "default-src 'none'" in html
    for template in TEMPLATES.iterdir():
        addresses = set(re.findall(r"https?://[^\"' ]+", template.read_text("utf-8")))
        assert addresses <= {"http://www.w3.org/2000/svg"}, template.name


def test_a_value_that_is_missing_is_no_empty_page():
    with pytest.raises(UndefinedError, match="kind"):
        render("demo_notice.html", text="x")


def test_there_is_no_other_html():
    """Pages come from the templates alone: no module holds tags, but in a docstring or a test."""
    for path in (ROOT / "mmrsicc").rglob("*.py"):
        code = re.sub(r'"""[\s\S]*?"""', "", path.read_text("utf-8"))
        tags = re.findall(r"</(?:div|p|span|table|html|style|section|figure)>", code)
        assert not tags, f"{path.relative_to(ROOT)}: write it as a template of mmrsicc/pages"


def test_the_templates_are_packaged():
    assert '"mmrsicc.pages": ["templates/*"]' in (ROOT / "setup.py").read_text("utf-8")
