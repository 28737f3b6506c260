import numpy as np
import pytest

from mmrsicc.datasets.no_change import NO_CHANGE_SENTENCES
from mmrsicc.evaluation import PredictedCaption, caption_scores, change_caption_scores
from mmrsicc.evaluation.scores.no_change_scores import (
    canonical,
    flag_counts,
    flag_scores,
    no_change_swing,
)

NO_JAVA = ("BLEU", "ROUGE-L", "CIDEr-D")
SAME = "the scene is the same as before"
NOTHING = "no change has occurred"
STOCK = tuple(sorted(NO_CHANGE_SENTENCES))


def _record(pair_id, caption, references=("a road", "one road"), flag=1) -> PredictedCaption:
    return PredictedCaption(pair_id, caption, references, flag)


def test_flag_scores_by_hand():
    said = [(1, "a road"), (1, "a house"), (1, NOTHING), (0, SAME), (0, "a road"), (0, "")]
    counts = sum(flag_counts(_record(str(i), text, flag=f)) for i, (f, text) in enumerate(said))
    assert counts.tolist() == [2, 2, 1, 1]
    scores = flag_scores(counts)
    assert scores["flag_accuracy"] == pytest.approx(50)
    assert scores["flag_precision"] == pytest.approx(50)
    assert scores["flag_recall"] == pytest.approx(200 / 3)
    assert [scores[f"flag_{n}"] for n in ("TP", "FP", "FN", "TN")] == [2, 2, 1, 1]


@pytest.mark.parametrize(("flag", "expected"), [(1, [0, 0, 1, 0]), (0, [0, 1, 0, 0])])
def test_an_empty_sentence_is_never_right(flag, expected):
    for caption in ("", " "):
        assert flag_counts(_record("a", caption, flag=flag)).tolist() == expected


def test_flag_ratios_without_denominator_are_nan():
    scores = flag_scores(np.array([0, 0, 0, 7]))
    assert np.isnan(scores["flag_precision"]) and np.isnan(scores["flag_recall"])
    assert scores["flag_accuracy"] == 100


def test_canonical_words():
    same, other, wrong, changed = canonical(
        [
            _record("a", "No change has occurred.", STOCK, 0),
            _record("b", SAME, (NOTHING, "there is no difference"), 0),
            _record("c", NOTHING),
            _record("d", "a road"),
        ]
    )
    assert (same.caption, same.references) == (SAME, STOCK)
    assert other.caption == NOTHING  # What the pair's own references say.
    assert wrong.caption == SAME and changed.caption == "a road"


@pytest.fixture(scope="module")
def perfect_flag(published_run):
    """Told the true flag; the wording of "no change" can be chosen."""

    def say(no_change) -> list[PredictedCaption]:
        built = "some roads and houses are built on bareland"
        return [
            _record(pair, built if flag else no_change, published_run.references[pair], flag)
            for pair, flag in published_run.flags.items()
        ]

    return say


def test_known_swing(perfect_flag):
    def score(records):
        references = {record.pair_id: record.references for record in records}
        predictions = {record.pair_id: record.caption for record in records}
        return caption_scores(references, predictions, ("BLEU", "CIDEr-D")).corpus

    swing = no_change_swing(perfect_flag("there is no difference"), score)
    assert swing["BLEU-4"] == pytest.approx(59.83 - 42.38, abs=0.02)
    assert swing["CIDEr-D"] == pytest.approx(135.4 - 125.1, abs=0.1)


def test_canonical_scores_do_not_swing(perfect_flag):
    runs = [change_caption_scores(perfect_flag(text)[::4], NO_JAVA) for text in STOCK]
    for name in ("BLEU-1", "BLEU-4", "ROUGE-L", "CIDEr-D"):
        assert len({run[f"canonical/{name}"] for run in runs}) == 1, name
    assert len({run["BLEU-4"] for run in runs}) == 3  # Stock sentences of 4, 5 and 7 words.
    assert len({run["swing/BLEU-4"] for run in runs}) == 1
    assert runs[0]["swing/BLEU-4"] > 10
    same = runs[STOCK.index(SAME)]
    assert same["canonical/CIDEr-D"] == same["CIDEr-D"]


def test_no_swing_without_stock_sentences():
    records = [_record("a", "a road"), _record("b", "a house")]
    assert no_change_swing(records, lambda part: {"x": 1.0}) == {}
    scores = change_caption_scores(records, NO_JAVA)
    assert not any(name.startswith(("canonical/", "swing/")) for name in scores)
