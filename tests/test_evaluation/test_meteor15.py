"""METEOR in Python against the Java program, and against what can be worked out by hand."""

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest

from mmrsicc.evaluation.scores.java_meteor import java_meteor
from mmrsicc.evaluation.scores.meteor15 import STATISTICS, Meteor, meteor_scores
from mmrsicc.evaluation.scores.meteor15.files import meteor_file, read_tables
from mmrsicc.evaluation.scores.meteor15.matching import WordStages
from mmrsicc.evaluation.scores.meteor15.normalize import normalized_words
from mmrsicc.evaluation.scores.meteor15.paraphrases import ParaphraseTable

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def java():
    with java_meteor() as meteor:
        yield meteor


@pytest.fixture(scope="module")
def ours():
    return Meteor()


@pytest.fixture(scope="module")
def captions(real_data) -> list[str]:
    """Every distinct caption of LEVIR-CC and, cased and with full stops, of Dubai-CC."""
    levir = json.loads((real_data / "levir_cc" / "LevirCCcaptions.json").read_text("utf-8"))
    texts = {" ".join(s["tokens"]) for image in levir["images"] for s in image["sentences"]}
    files = sorted((real_data / "dubai_cc").glob("*/*.json"))
    for path in files:
        dubai = json.loads(path.read_text("utf-8"))
        texts |= {s["raw"] for image in dubai["images"] for s in image["sentences"]}
    assert files
    return sorted(texts)


def _assert_same(java, ours, references, predictions) -> None:
    whole, each = java(references, predictions)
    our_whole, our_each = ours(references, predictions)
    assert our_each == pytest.approx(each, abs=1e-9)
    assert our_whole == pytest.approx(whole, abs=1e-9)


def test_fabricated_answers_score_as_the_java_program_scored_them(ours):
    """In every clone, without data sets and Java; tests/data/make_meteor_answers.py made them."""
    told = json.loads((DATA / "meteor_answers.json").read_text("utf-8"))
    pairs = {f"{number:03}": pair for number, pair in enumerate(told["pairs"])}
    assert len(pairs) == 150
    whole, each = ours(
        {name: pair["references"] for name, pair in pairs.items()},
        {name: pair["prediction"] for name, pair in pairs.items()},
    )
    assert each == pytest.approx([pair["score"] for pair in pairs.values()], abs=1e-9)
    assert whole == pytest.approx(told["score"], abs=1e-9)


@pytest.mark.parametrize("flags", [{0, 1}, {1}, {0}])
def test_published_run_and_its_subsets(java, ours, published_run, flags):
    pairs = [pair for pair, flag in published_run.flags.items() if flag in flags]
    references = {pair: published_run.references[pair] for pair in pairs}
    predictions = {pair: published_run.predictions[pair] for pair in pairs}
    _assert_same(java, ours, references, predictions)


def _as_is(words, draw):
    return words


def _with_punctuation(words, draw):
    marks = (
        "Mr. U.S. no. No. 5 1,000 road's it's ( a) -- ... ``yes'' “b” x-1 e.g. ½ $5.00 \u2018s 10%"
    )
    for mark in draw.choices(marks.split(), k=4):
        words.insert(draw.randint(0, len(words)), mark)
    return [word.capitalize() if draw.random() < 0.2 else word for word in words]


def _shuffled(words, draw):
    return draw.sample(words, len(words))


def _repeated(words, draw):
    return words + words[: draw.randint(1, len(words))]


@pytest.mark.parametrize("change", [_as_is, _with_punctuation, _shuffled, _repeated])
def test_captions_crossed_with_each_other(java, ours, captions, change):
    draw = random.Random(change.__name__)

    def sentence() -> str:
        return " ".join(change(draw.choice(captions).split(), draw))

    pairs = [f"p{i}" for i in range(250)]
    references = {pair: [sentence() for _ in range(draw.randint(1, 3))] for pair in pairs}
    predictions = {pair: sentence() for pair in pairs} | {"p0": "", "p1": "."}
    _assert_same(java, ours, references, predictions)


def test_score_by_hand(ours):
    # "a" matches "a" exactly, "blorks" matches "blork" by its stem alone, in two chunks.
    references, predictions = {"p": ["a new blork"]}, {"p": "a blorks stand"}
    (row,) = ours.statistics(references, predictions)
    counts = {name: n for name, n in zip(STATISTICS, row, strict=True) if n}
    assert counts == {
        "test_words": 3,
        "reference_words": 3,
        "test_function_words": 1,
        "reference_function_words": 2,
        "test_function_words_matched_by_exact": 1,
        "reference_function_words_matched_by_exact": 1,
        "test_content_words_matched_by_stem": 1,
        "reference_content_words_matched_by_stem": 1,
        "chunks": 2,
        "test_words_matched": 2,
        "reference_words_matched": 2,
    }
    matched = 0.25 + 0.6 * 0.75
    precision, recall = matched / (0.25 + 2 * 0.75), matched / (2 * 0.25 + 0.75)
    mean = precision * recall / (0.85 * precision + 0.15 * recall)
    assert ours(references, predictions)[0] == pytest.approx(mean * (1 - 0.6 * (2 / 2) ** 0.2))


def test_weight_of_phrases_in_the_search(java, ours):
    # Five words by a paraphrase weigh two a side; four of them and one exact word, three.
    references = {"p": ["maintains an open door to transience fuel quality"]}
    predictions = {"p": "leaves the door open to the higher fuel"}
    (row,) = ours.statistics(references, predictions)
    counts = dict(zip(STATISTICS, row, strict=True))
    assert counts["test_function_words_matched_by_exact"] == 1
    _assert_same(java, ours, references, predictions)


def test_perfect_pairs_add_no_chunk_to_a_set(ours):
    references = {"p": ["the road is wide"], "q": ["no change has occurred"]}
    predictions = {pair: texts[0] for pair, texts in references.items()}
    assert ours(references, predictions) == (pytest.approx(1), pytest.approx([1, 1]))


def test_best_reference_counts(ours):
    references = {"p": ["a lake", "a road is built", "houses"]}
    best = {"p": ["a road is built"]}
    predictions = {"p": "a road appears"}
    assert ours(references, predictions) == ours(best, predictions)


def test_scores_of_many_sums_at_once():
    draw = np.random.default_rng(0)
    statistics = draw.integers(1, 9, (2, 5, len(STATISTICS))).astype(float)
    together = meteor_scores(statistics)
    assert together.shape == (2, 5)
    assert together[1, 3] == meteor_scores(statistics[1, 3])
    assert meteor_scores(np.zeros(len(STATISTICS))) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Road's t-shaped, along1side a\\almost.", "road 's t shaped , along1side a \\ almost ."),
        ("U.S. 1,000 No. 5 no. five ...", "us 1,000 no. 5 no. five ..."),
        ("“Yes\u2019\u2019 he said--not", '" yes " he said not'),
        ("", ""),
    ],
)
def test_normalized_words(text, words):
    assert normalized_words(text, read_tables().prefixes) == words.split()


@pytest.mark.parametrize(
    ("word", "other", "stages"),
    [
        ("road", "road", (0,)),
        ("houses", "house", (1, 2)),
        ("villa", "villas", (1, 2)),
        ("forest", "woods", (2,)),
        ("geese", "goose", (2,)),
        ("road", "house", ()),
        ("eu", "g7", (0,)),  # both have Java's hash code 3248
    ],
)
def test_stages_of_words(word, other, stages):
    words = WordStages(read_tables())
    assert words.row(word, {other})[other] == stages
    assert words.row(other, {word})[word] == stages


def test_paraphrase_table_finds_every_entry():
    draw = random.Random(0)
    phrases = sorted({" ".join(draw.choices("abcdé01", k=draw.randint(1, 4))) for _ in range(900)})
    entries = {p: sorted(draw.sample(phrases, draw.choice([0, 1, 2, 300]))) for p in phrases}
    text = "".join(f"0.5\n{p}\n{q}\n" for p, others in entries.items() for q in others)
    table = ParaphraseTable(gzip.compress(text.encode()))
    entries = {phrase: others for phrase, others in entries.items() if others}
    assert table.among([*phrases, "not in it"]) == entries
    some = set(phrases[::3])
    hits = {p: [q for q in entries[p] if q in some] for p in entries if p in some}
    assert table.among(some) == {phrase: others for phrase, others in hits.items() if others}


def test_missing_file_says_what_to_do(monkeypatch):
    with pytest.raises(RuntimeError, match=r"meteor/other\.jar.*pip install"):
        meteor_file("other.jar")
    monkeypatch.setattr("mmrsicc.evaluation.scores.meteor15.files.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="pip install"):
        meteor_file("meteor-1.5.jar")
