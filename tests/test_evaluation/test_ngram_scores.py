"""BLEU, CIDEr-D and ROUGE-L against pycocoevalcap."""

import math
import random
from itertools import combinations

import numpy as np
import pytest

from mmrsicc.evaluation import caption_scores
from mmrsicc.evaluation.scores.ngram_scores import bleu_scores
from mmrsicc.evaluation.scores.rouge_l import RougeL


def _pycocoevalcap(references, predictions) -> tuple[dict, dict]:
    """Scores of the set, and of each pair in order, in percent."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    res = {pair: [text] for pair, text in predictions.items()}
    whole, each = Bleu(4).compute_score(references, res, verbose=0)
    scores = {f"BLEU-{n + 1}": (whole[n], each[n]) for n in range(4)}
    scores["ROUGE-L"] = Rouge().compute_score(references, res)
    scores["CIDEr-D"] = Cider().compute_score(references, res)
    return (
        {name: 100 * whole for name, (whole, _) in scores.items()},
        {name: [100 * value for value in each] for name, (_, each) in scores.items()},
    )


def _assert_same(references, predictions) -> None:
    ours = caption_scores(references, predictions, ["BLEU", "ROUGE-L", "CIDEr-D"])
    corpus, sentences = _pycocoevalcap(references, predictions)
    assert ours.corpus == pytest.approx(corpus, abs=1e-6)
    for name, values in sentences.items():
        assert list(ours.sentences[name].values()) == pytest.approx(values, abs=1e-6), name


def test_every_sentence_of_the_published_run(published_run):
    _assert_same(published_run.references, published_run.predictions)


@pytest.mark.parametrize("flag", [0, 1])
def test_subsets_of_the_published_run(published_run, flag):
    pairs = [pair for pair, value in published_run.flags.items() if value == flag]
    _assert_same(
        {pair: published_run.references[pair] for pair in pairs},
        {pair: published_run.predictions[pair] for pair in pairs},
    )


@pytest.mark.parametrize("seed", range(20))
def test_random_sentences(seed):
    draw = random.Random(seed)
    words = ["a", "the", "road", "house", "é", "."][: draw.randint(1, 6)]

    def sentence(shortest: int) -> str:
        return " ".join(draw.choices(words, k=draw.randint(shortest, 12)))

    pairs = [f"p{i}" for i in range(draw.randint(1, 30))]
    references = {pair: [sentence(1) for _ in range(draw.randint(1, 5))] for pair in pairs}
    _assert_same(references, {pair: sentence(0) for pair in pairs})


def test_longest_common_subsequence_by_trying_all():
    draw = random.Random(0)
    for _ in range(50):
        one, other = draw.choices("abc", k=6), draw.choices("abcd", k=7)
        subsequences = {s for n in range(8) for s in combinations(other, n)}
        longest = max(n for n in range(7) for s in combinations(one, n) if s in subsequences)
        # With one reference, precision and recall are the same length by both totals.
        precision, recall = longest / 6, longest / 7
        expected = 2.44 * precision * recall / (recall + 1.44 * precision) if longest else 0
        score = RougeL()({"p": [" ".join(other)]}, {"p": " ".join(one)})
        assert score == pytest.approx([expected])


def test_exact_bleu_by_hand():
    """Of 4, 3, 2, 1 n-grams 3, 2, 1, 0 match, four words against five; and a perfect one."""
    matches, totals = [3, 2, 1, 0], [4, 3, 2, 1]
    penalty = math.exp(1 - 5 / 4)
    found = bleu_scores(np.array([*matches, *totals, 4.0, 5.0]), exact=True)
    expected = [penalty * 3 / 4, penalty * (3 / 4 * 2 / 3) ** 0.5, penalty * (1 / 4) ** (1 / 3), 0]
    assert found == pytest.approx(expected, rel=1e-15, abs=0)
    assert (
        bleu_scores(np.array([4, 3, 2, 1, 4, 3, 2, 1, 4.0, 4.0]), exact=True).tolist() == [1.0] * 4
    )
    assert bleu_scores(np.zeros(10), exact=True).tolist() == [0.0] * 4
