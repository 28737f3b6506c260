"""What a report finds, and the page that shows it."""

import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mmrsicc.evaluation import PredictedCaption, change_caption_scores
from mmrsicc.evaluation.report import chosen_pairs, files_of_folder, find, report_page
from mmrsicc.evaluation.report.html import bar, table, text
from mmrsicc.evaluation.report.pictures import EDGE, PairFiles, files_of_dataset, pair_images
from mmrsicc.synthcc.scene import Event

FAST = ("BLEU", "ROUGE-L", "CIDEr-D")
SAME = "the scene is the same as before"
EVIL = '<script>alert("x")</script> & a road'
#: Elements that have no end tag.
VOID = {"meta", "img", "rect"}


def _records() -> list[PredictedCaption]:
    told = {
        "a": ("a road is built", ("a road is built", "one road appears")),
        "b": ("two houses are built here now", ("two houses are built", "houses appear")),
        "c": ("a pool", ("a villa is removed from the desert", "no villa is there")),
        "d": (EVIL, ("a road is built", EVIL, "a path")),
        "e": ("", ("trees are removed",)),
    }
    changed = [PredictedCaption(i, said, refs, 1) for i, (said, refs) in told.items()]
    same = [PredictedCaption(f"s{i}", SAME, (SAME, "there is no difference"), 0) for i in range(3)]
    return changed + same


@pytest.fixture(scope="module")
def findings():
    return find(_records(), FAST, resamples=20)


class Page(HTMLParser):
    """Elements of a page, each with its attributes and the text right inside it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict, list[str]]] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"{tag} ends at {self.getpos()}"

    def handle_data(self, data):
        if self.elements:
            self.elements[-1][2].append(data)

    def of(self, tag: str) -> list[tuple[dict, str]]:
        return [
            (attrs, "".join(words).strip()) for name, attrs, words in self.elements if name == tag
        ]


def test_scores_are_those_of_the_run(findings):
    expected = change_caption_scores(_records(), FAST)
    assert {name: findings.scores[name] for name in expected} == pytest.approx(expected)
    low, high = findings.intervals["CIDEr-D"]
    assert low <= findings.scores["CIDEr-D"] <= high
    assert "content/objects_precision" in findings.intervals


def test_bleu_is_that_of_the_record_where_no_four_words_match():
    records = [
        PredictedCaption(str(i), "a house is there", ("the house was built near it",), 1)
        for i in range(3)
    ]
    scores = change_caption_scores(records, FAST)
    assert scores["BLEU-4"] > 0  # By pycocoevalcap's constants; none of them matches.
    assert find(records, FAST).scores["BLEU-4"] == scores["BLEU-4"]


def test_best_and_worst_are_changed_pairs_that_share_none(findings):
    chosen = chosen_pairs(findings, 2)
    assert chosen["best"][0] == "a" and chosen["worst"][0] == "e"
    assert set(chosen["best"]).isdisjoint(chosen["worst"])
    assert set(findings.worth) == set("abcde")
    assert len(set(chosen_pairs(findings, 99)["random"])) == 8
    many = chosen_pairs(findings, 99)
    assert sorted(many["best"] + many["worst"]) == list("abcde")
    assert chosen_pairs(findings, 3) == chosen_pairs(findings, 3)


def test_groups_are_scored_by_themselves(findings):
    groups = {name: (pairs, scores) for name, pairs, scores in findings.by_length}
    # Words said: a 4, b 6, c 2, d 4, e 0.
    assert {name: pairs for name, (pairs, _) in groups.items()} == {"0 to 5": 4, "6 to 8": 1}
    alone = change_caption_scores([r for r in _records() if r.pair_id == "b"], FAST)
    for name in ("BLEU-1", "BLEU-4", "ROUGE-L"):  # CIDEr-D keeps the weights of the whole set.
        assert groups["6 to 8"][1][name] == pytest.approx(alone[name])
    references = {name: pairs for name, pairs, _ in findings.by_references}
    assert references == {"1": 1, "2": 3, "3": 1}


def test_a_page_stands_alone_and_is_sound(findings):
    html = report_page("a <run>", findings)
    page = Page(html)
    assert page.of("script") == [] and page.of("link") == []
    addresses = [a.get("src") or a.get("href") for t, a, _ in page.elements if t in ("a", "img")]
    targets = {attrs["id"] for _, attrs, _ in page.elements if "id" in attrs}
    assert addresses and all(a[0] == "#" and a[1:] in targets for a in addresses)
    assert page.of("html")[0][0]["lang"] == "en" and page.of("title")[0][1] == "a <run>"
    assert "default-src 'none'" in page.of("meta")[1][0]["content"]
    for attrs, _ in page.of("th"):
        assert attrs["scope"] in ("col", "row")
    assert len(page.of("caption")) == len(page.of("table"))


def test_captions_are_shown_as_they_are(findings):
    html = report_page("run", findings)
    assert "<script" not in html
    said = [words for attrs, words in Page(html).of("p") if attrs.get("class") == "said"]
    assert EVIL in said and "(empty)" in said
    assert EVIL in [words for _, words in Page(html).of("li")]


def test_numbers_of_the_page(findings):
    html = report_page("run", findings)
    cells = [words for _, words in Page(html).of("td")]
    for name in ("BLEU-4", "change/CIDEr-D", "no_change/ROUGE-L", "canonical/BLEU-1"):
        assert f"{findings.scores[name]:.2f}" in cells
    # An empty sentence is never right: of a changed pair it counts as missed.
    confusion = html[html.index("Number of pairs") :]
    assert re.findall(r"<td>(\d+)</td>", confusion)[:4] == ["4", "1", "0", "3"]
    assert "8 pairs, 5 of them changed, 1 empty caption." in html


def test_baselines_stand_below_the_run(findings):
    scores = change_caption_scores(_records(), FAST)
    baselines = {
        "constant": {"description": "always the same", "scores": {**scores, "BLEU-4": 12.34}},
        "nearest_pair": {"description": "left out: no images", "scores": None},
    }
    page = Page(report_page("run", findings, baselines))
    assert "12.34" in [words for _, words in page.of("td")]
    rows = [words for attrs, words in page.of("th") if attrs["scope"] == "row"]
    assert rows.count("constant") == 3 and "nearest pair" not in rows
    assert "nearest pair: left out: no images" in [words for _, words in page.of("p")]


def test_truth_where_it_is_known():
    road = Event("appear", "road", 1, 0, "desert")
    events = {r.pair_id: [road] if r.pair_id in "abcde" else [] for r in _records()}
    findings = find(_records(), FAST, events=events, resamples=20)
    assert findings.scores["truth/true"] == pytest.approx(100 * 4 / 8)  # a, and the unchanged
    assert "3 sentences cannot be read" in report_page("run", findings)
    assert 'id="truth"' not in report_page("run", find(_records(), FAST, resamples=20))


def test_unknown_flags_leave_the_rest():
    records = [PredictedCaption(r.pair_id, r.caption, r.references) for r in _records()]
    findings = find(records, FAST, resamples=20)
    assert set(findings.worth) == set("abcde") and findings.by_length
    assert "flag is known" in report_page("run", findings)


def test_the_record_and_its_warnings(findings):
    record = {
        "warnings": ["the checkpoint was chosen on <test>"],
        "scores": {"BLEU-4": findings.scores["BLEU-4"]},
        "metrics": [{"type": "ChangeCaptionMetric", "protocol": "ptb"}],
        "checkpoint_sha256": "ab12",
        "tested": {"decoding": {"type": "BeamSearch", "beam_size": 3}},
        "trained": {"seed": 42, "tokenizer": {"words": ["zebra", "house"]}},
    }
    page = Page(report_page("run", findings, record=record))
    boxes = [words for attrs, words in page.of("p") if attrs.get("class") == "warning"]
    assert boxes == ["the checkpoint was chosen on <test>"]
    cells = [words for _, words in page.of("td")]
    assert {"ptb", "ab12", "42", "2", "type BeamSearch, beam_size 3"} <= set(cells)
    assert "zebra" not in "".join(words for _, words in page.of("pre"))
    record["scores"]["BLEU-4"] += 1
    html = report_page("run", findings, record=record)
    assert "or the record of another file" in html
    assert "is not known here" in report_page("run", findings)


@pytest.fixture
def images(tmp_path):
    for folder in ("A", "B", "label"):
        (tmp_path / "test" / folder).mkdir(parents=True)
        for name in "ae":
            pixels = np.full((300, 600, 3), 90, np.uint8)
            if folder == "label":
                pixels = np.zeros((300, 600), np.uint8)
                pixels[:150, :300] = 255
            Image.fromarray(pixels).save(tmp_path / "test" / folder / f"{name}.png")
    return tmp_path


def test_images_are_inlined(findings, images):
    html = report_page("run", findings, find_files=files_of_folder(images), pairs=8)
    shown = Page(html).of("img")
    # Pairs a and e, each among the best or worst and among the random ones.
    assert len(shown) == 3 * 4 and all(attrs["alt"] for attrs, _ in shown)
    assert all(attrs["src"].startswith("data:image/jpeg;base64,") for attrs, _ in shown)
    assert "changed: 25.0 % of the area" in html


def test_images_are_small_and_found(images):
    find_files = files_of_folder(images)
    assert find_files("b") == PairFiles()
    a = find_files("a")
    assert [path.parent.name for path in (a.before, a.after, a.mask)] == ["A", "B", "label"]
    record = {"pair_id": "a", "before_path": str(a.before), "after_path": str(a.after)}
    assert files_of_dataset([record])("a") == PairFiles(a.before, a.after)
    shown = pair_images(a, {255: "building", 128: "road"})
    assert [kind.name for kind in shown.legend] == ["building"]
    assert set(shown.uris) == {"before", "after", "changed: 25.0 % of the area"}
    image = Image.open(BytesIO(b64decode(shown.uris["before"].split(",")[1])))
    assert image.format == "JPEG" and image.size == (EDGE, EDGE // 2)
    with pytest.raises(FileNotFoundError, match="has a folder A"):
        files_of_folder(images / "test" / "A")


def test_pieces():
    assert text('<a href="x">') == "&lt;a href=&quot;x&quot;&gt;"
    assert 'width="60.0"' in bar(1, 2) and 'width="0.0"' in bar(0, 0)
    page = Page(table("t", ["", "x"], [["<r>", "1"]], own=0))
    assert page.of("tr")[1][0] == {"class": "own"}
    assert page.of("th")[2][1] == "<r>"


def test_a_pair_in_two_splits_is_not_guessed(images):
    (images / "train" / "A").mkdir(parents=True)
    for name in "ac":
        Image.new("RGB", (8, 8)).save(images / "train" / "A" / f"{name}.png")
    find_files = files_of_folder(images)
    with pytest.raises(
        ValueError, match=r"'a' is in .*test and in .*train: name the folder of the"
    ):
        find_files("a")
    assert find_files("e").before.parts[-3:] == ("test", "A", "e.png")
    assert find_files("c") == PairFiles(before=images / "train" / "A" / "c.png")
    assert files_of_folder(images / "train")("a").before.parts[-3:] == ("train", "A", "a.png")


def test_the_canonical_row_needs_no_bleu():
    page = Page(report_page("x", find(_records(), FAST[1:], resamples=20)))
    assert "canonical" in [text for _, text in page.of("th")]
    assert any(text.startswith("canonical: with one and the") for _, text in page.of("p"))
