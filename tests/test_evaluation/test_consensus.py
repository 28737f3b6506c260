import numpy as np
import pytest

from mmrsicc.evaluation import caption_scores
from mmrsicc.evaluation.scores.consensus import Consensus

SCORERS = ("BLEU", "CIDEr-D")


@pytest.fixture(scope="module")
def references() -> list[list[str]]:
    """Random sentences of few words, so that n-grams come often and twice within a sentence."""
    rng = np.random.default_rng(0)
    pairs = []
    for _ in range(12):
        lengths = rng.integers(1, 10, size=rng.integers(1, 6))
        pairs.append([" ".join(rng.choice(list("abcd"), length)) for length in lengths])
    return [*pairs, pairs[0], pairs[3][::-1]]


def _scored(references, predictions) -> float:
    gts = {str(i): texts for i, texts in enumerate(references)}
    res = {str(i): text for i, text in enumerate(predictions)}
    scores = caption_scores(gts, res, SCORERS).corpus
    return (scores["BLEU-4"] + scores["CIDEr-D"]) / 200


def test_every_sentence_scores_what_the_scorers_say(references):
    consensus = Consensus(references)
    assert len(consensus.sentences) == len({text for texts in references for text in texts})
    scores = consensus.fixed_answers(references).score()
    expected = [_scored(references, [text] * len(references)) for text in consensus.sentences]
    assert scores == pytest.approx(expected, abs=1e-6)


def test_answers_to_parts_of_the_pairs_add_up(references):
    consensus = Consensus(references)
    early, late = references[:5], references[5:]
    first, second = consensus.fixed_answers(early), consensus.fixed_answers(late)
    said = consensus.sentences[7]
    scores = (first + second[7]).score()
    for i in (0, 3, 11):
        mixed = [consensus.sentences[i]] * len(early) + [said] * len(late)
        assert scores[i] == pytest.approx(_scored(references, mixed), abs=1e-6)
