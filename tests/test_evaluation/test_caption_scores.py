import math
import random

import numpy as np
import pytest

from mmrsicc.evaluation import caption_scores
from mmrsicc.evaluation.scores.caption_scores import corpus_scores

NO_METEOR = ["BLEU", "ROUGE-L", "CIDEr-D"]


def test_bleu_by_hand():
    scores = caption_scores(
        {
            "p1": ["a house is built", "some houses are built on bareland"],
            "p2": ["no change has occurred"],
        },
        {"p1": "a house is built on a house", "p2": "no change"},
        scorers=["BLEU"],
    )
    # Clipped matches of p1 are 5/7, 4/6, 2/5, 1/4; of p2 2/2, 1/1, 0/0, 0/0.
    # The references closest in length have 6 and 4 words, the predictions 7 and 2.
    penalty = math.exp(1 - 10 / 9)
    p1, p2, p3, p4 = 7 / 9, 5 / 7, 2 / 5, 1 / 4
    assert scores.corpus == pytest.approx(
        {
            "BLEU-1": 100 * penalty * p1,
            "BLEU-2": 100 * penalty * (p1 * p2) ** (1 / 2),
            "BLEU-3": 100 * penalty * (p1 * p2 * p3) ** (1 / 3),
            "BLEU-4": 100 * penalty * (p1 * p2 * p3 * p4) ** (1 / 4),
        },
        rel=1e-6,
    )
    alone = 100 * (5 / 7 * 4 / 6 * 2 / 5 * 1 / 4) ** (1 / 4)
    assert scores.sentences["BLEU-4"]["p1"] == pytest.approx(alone, rel=1e-6)


def test_rouge_l_by_hand():
    scores = caption_scores({"p": ["a c d e f", "b d"]}, {"p": "a b c d"}, scorers=["ROUGE-L"])
    # Longest common subsequences: "a c d" (3 of 4 and of 5), "b d" (2 of 4 and of 2).
    precision, recall, beta = 3 / 4, 1.0, 1.2
    expected = (1 + beta**2) * precision * recall / (recall + beta**2 * precision)
    assert scores.corpus["ROUGE-L"] == pytest.approx(100 * expected)


def test_cider_clips_and_penalises_length_hence_cider_d():
    scores = caption_scores(
        {"p1": ["a b"], "p2": ["w x y z"]}, {"p1": "a b b b", "p2": "w x y z"}, scorers=["CIDEr-D"]
    )
    # Every n-gram stands in at most one pair, so all weigh log 2, which cancels.
    # p1: (1, 1) against (1, 3), clipped to (1, 1); one of the bigrams (1) against (1, 2).
    unigrams, bigrams = 2 / math.sqrt(2 * 10), 1 / math.sqrt(1 * 5)
    penalty = math.exp(-((4 - 2) ** 2) / (2 * 6**2))
    expected = 100 * 10 * (unigrams + bigrams) / 4 * penalty
    assert scores.sentences["CIDEr-D"] == pytest.approx({"p1": expected, "p2": 1000})
    assert scores.corpus["CIDEr-D"] == pytest.approx((expected + 1000) / 2)


def test_sm_is_the_mean_of_its_four_parts(score):
    scores = score(
        {"p1": ["some houses are built on bareland", "a road is built"], "p2": ["no change"]},
        {"p1": "some villas are built along the road", "p2": "there is no change"},
    )
    b, m, r, c = (scores.corpus[name] for name in ("BLEU-4", "METEOR", "ROUGE-L", "CIDEr-D"))
    assert len({b, m, r, c}) == 4
    assert scores.corpus["Sm"] == pytest.approx(0.25 * b + 0.25 * m + 0.25 * r + 0.25 * c)


def test_perfect_sentences(score):
    sentences = {"p1": "some houses are built on bareland", "p2": "a road goes through it"}
    scores = score({pair: [text] for pair, text in sentences.items()}, sentences)
    expected = {f"BLEU-{n}": 100 for n in (1, 2, 3, 4)}
    expected |= {"METEOR": 100, "ROUGE-L": 100, "CIDEr-D": 1000, "Sm": 325}
    assert scores.corpus == pytest.approx(expected, rel=1e-6)


def test_empty_prediction_scores_zero_and_shifts_nobody(score):
    references = {"p1": ["some houses are built"], "p2": ["the road is wide"], "p3": ["no change"]}
    predictions = {"p1": "some houses are built", "p2": "", "p3": "no change"}
    scores = score(references, predictions)
    for name, values in scores.sentences.items():
        assert values["p2"] == pytest.approx(0, abs=1e-6), name
        assert values["p1"] > 90, name
    assert scores.sentences["METEOR"]["p3"] == pytest.approx(100)
    alone = score({"p2": references["p2"]}, {"p2": " "})
    assert alone.corpus == pytest.approx(dict.fromkeys(alone.corpus, 0), abs=1e-6)


def test_without_meteor_neither_its_tables_nor_sm(monkeypatch):
    monkeypatch.setattr("mmrsicc.evaluation.scores.meteor15.scorer.read_tables", None)
    scores = caption_scores({"p": ["a road"]}, {"p": "a road"}, scorers=NO_METEOR)
    assert set(scores.corpus) == {"BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr-D"}


def test_extra_spaces_are_no_words():
    tidy = caption_scores({"p": ["a b c"]}, {"p": "a b d"}, scorers=NO_METEOR)
    untidy = caption_scores({"p": [" a  b c "]}, {"p": "a b   d\n"}, scorers=NO_METEOR)
    assert tidy == untidy


def test_nothing_is_printed(score, capfd):
    score({"p": ["a road"]}, {"p": "a road"})
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("references", "predictions", "message"),
    [
        ({}, {}, "no pairs"),
        ({"p": ["a"], "q": ["a"]}, {"p": "a"}, "'q'"),
        ({"p": ["a"]}, {"p": "a", "q": "a"}, "'q'"),
        ({"p": []}, {"p": "a"}, "'p' has no reference"),
        ({"p": ["a", " "]}, {"p": "a"}, "'p' has no reference"),
    ],
)
def test_pairs_that_cannot_be_scored(references, predictions, message):
    with pytest.raises(ValueError, match=message):
        caption_scores(references, predictions, scorers=NO_METEOR)


@pytest.mark.parametrize("scorers", [["SPICE"], []])
def test_unknown_scorers(scorers):
    with pytest.raises(ValueError, match="choose from"):
        caption_scores({"p": ["a"]}, {"p": "a"}, scorers=scorers)


def test_unknown_meteor():
    with pytest.raises(ValueError, match="'python' or 'java'"):
        caption_scores({"p": ["a"]}, {"p": "a"}, meteor="perl")


def test_sums_of_statistics_score_any_choice_of_pairs(score):
    draw = random.Random(0)
    words = ["a", "the", "road", "house", "houses", "is", "built", "on", "wood", "woods"]
    texts = {f"p{i}": [" ".join(draw.choices(words, k=6)) for _ in range(3)] for i in range(8)}
    references = {pair: each[1:] for pair, each in texts.items()}
    predictions = {pair: each[0] for pair, each in texts.items()}
    whole = score(references, predictions)
    chosen = np.array([[1, 1, 1, 1, 1, 1, 1, 1], [0, 1, 1, 0, 0, 0, 1, 0]])
    sums = corpus_scores({name: chosen @ rows for name, rows in whole.statistics.items()})
    assert {name: values[0] for name, values in sums.items()} == pytest.approx(whole.corpus)
    pairs = ["p1", "p2", "p6"]
    part = score({p: references[p] for p in pairs}, {p: predictions[p] for p in pairs})
    for name in ("BLEU-1", "BLEU-4", "METEOR", "ROUGE-L"):
        assert sums[name][1] == pytest.approx(part.corpus[name]), name
    # The document frequencies stay those of the whole set.
    mean = sum(whole.sentences["CIDEr-D"][pair] for pair in pairs) / len(pairs)
    assert sums["CIDEr-D"][1] == pytest.approx(mean)


def test_a_subset_scores_the_same_after_the_whole_set(score):
    references = {"p1": ["a road is built"], "p2": ["houses appear", "a house"], "p3": ["no road"]}
    predictions = {"p1": "a road", "p2": "some house", "p3": "the road is built"}
    score(references, predictions)
    again = score({"p2": references["p2"]}, {"p2": predictions["p2"]})
    assert again == caption_scores({"p2": references["p2"]}, {"p2": predictions["p2"]})
