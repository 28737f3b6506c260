"""Sentences and names with HTML stand in every page as they are, and do nothing there."""

import json
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from test_hostile_files.conftest import CANARY

from mmrsicc.apis import CaptionResult
from mmrsicc.apis.model_facts import ModelFacts
from mmrsicc.demo.html import notice
from mmrsicc.demo.pair_answer import PairAnswer
from mmrsicc.demo.pair_html import pair_html
from mmrsicc.evaluation import PredictedCaption
from mmrsicc.evaluation.report import find, report_page
from mmrsicc.pages import render
from mmrsicc.visualization import Explanation

#: Leaves a text, an attribute, a script, a comment and a template.
ATTACKS = [
    f"<script>fetch('/{CANARY}')</script>",
    f"</script><script>{CANARY}()</script>",
    f'" onmouseover="{CANARY}()" x=\'',
    f"'><img src=x onerror={CANARY}()>",
    f"--><svg onload={CANARY}()></svg></style></title></textarea>",
    "{{DATA}} ${1 + 1} {% 1 %} &lt;b&gt;",
]


class Parsed(HTMLParser):
    """The elements and the text of a page, as a browser tells them apart."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.handlers, self.texts, self.scripts = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.handlers += [value for name, value in attrs if name.startswith("on")]
        self.texts += [value or "" for _, value in attrs]

    def handle_data(self, data):
        (self.scripts if self.tags[-1:] == ["script"] else self.texts).append(data)


def assert_inert(html, words, scripts=0, handlers=0):
    page = Parsed(html)
    assert page.tags.count("script") == scripts and len(page.handlers) == handlers
    assert not {"iframe", "object", "embed", "base", "form", "link"} & {*page.tags}
    assert any(words.lower() in text.lower() for text in page.texts), "the words are not shown"
    return page


@pytest.mark.parametrize("words", ATTACKS)
def test_the_report_of_a_run(words):
    records = [
        PredictedCaption(f"{i} {words}", words, (f"a road {words}", words), i % 2) for i in range(4)
    ]
    record = {
        "warnings": [words],
        "scores": {"Sm": 1.0},
        "config": words,
        "checkpoint": words,
        "data": {"type": words, words: words},
        "metrics": [{"type": words}],
        "tested": {"command": words, "versions": {words: words}},
        "trained": {"training": {"type": words}, "command": words},
    }
    baselines = {words: {"description": words, "scores": {"Sm": 2.0}}}
    html = report_page(words, find(records, ("BLEU",), resamples=2), baselines, record)
    assert_inert(html, words)


@pytest.mark.parametrize("words", ATTACKS)
def test_an_answer_of_the_demo(words):
    result = CaptionResult(
        None, None, caption=words, score=-1.0, n_best=[(words, -1.0)], change_probability=0.5
    )
    pair = np.zeros((2, 20, 20, 3), np.uint8)
    assert_inert(pair_html(PairAnswer(pair, result, Explanation()), words), words, handlers=1)
    assert_inert(notice(words, "error"), words)


@pytest.mark.parametrize("words", ATTACKS)
def test_the_head_of_the_demo(words):
    assert_inert(render("demo_head.html", facts=ModelFacts(words, words, words)), words)


@pytest.mark.parametrize("words", ATTACKS)
def test_the_page_of_a_scene(words, tmp_path):
    pytest.importorskip("geopandas", reason="scenes need the extra geo")
    from shapely import box

    from mmrsicc.scenes.outcome import SceneOutcome
    from mmrsicc.scenes.report import write_report
    from mmrsicc.scenes.results import ChangeObject

    found = ChangeObject(box(0, 0, 8, 8), "mask", words, -1.0, ((words, -1.0),))
    outcome = SceneOutcome(
        captioner=words,
        width=8,
        height=8,
        dates=(words, None),
        gsd=None,
        masker=words,
        tiles={words: 1},
        objects=[found],
        shift=None,
        remarks=[words],
        prefilter=[],
        seconds=1.0,
        tiles_per_second=1.0,
        files=[],
    )
    dates = np.zeros((8, 8, 3), np.uint8)
    overview = SimpleNamespace(before=dates, after=dates)
    write_report(outcome, overview, words, tmp_path / "page.html")
    # One that is data and one that puts it into the page, as text.
    page = assert_inert((tmp_path / "page.html").read_text("utf-8"), words, scripts=2)
    assert json.loads(page.scripts[0])["objects"][0]["caption"] == words
    assert "innerHTML" not in page.scripts[1] and "document.write" not in page.scripts[1]


@pytest.mark.parametrize("words", ATTACKS)
def test_the_page_of_an_alignment_and_an_audit(words):
    from mmrsicc.evaluation.report.html import note, page, section, table, text

    html = page(
        words, [section("a", words, [note(words), table(words, [words], [[words, text(words)]])])]
    )
    assert_inert(html, words)
