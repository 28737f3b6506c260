"""Scores of given sentences against products of softmax, and against what probabilities are."""

import itertools
import math

import pytest
import torch
from test_models.parts import said

from mmrsicc.models.decoding import BeamSearch, score_sentences
from mmrsicc.models.heads import TransformerCaptionHead


@pytest.fixture
def head(vocabulary):
    torch.manual_seed(0)
    return TransformerCaptionHead(in_channels=32, tokenizer=vocabulary, dims=32, num_heads=4).eval()


def test_scores_are_products_of_softmax(head, difference, vocabulary):
    texts = ["a house is built", "", "a road", "house house is gone built a"]
    sentences = [vocabulary.encode(text)[1:] for text in texts]
    found = score_sentences(head, difference, sentences, vocabulary.start_id)
    assert found.shape == (5, 4)
    for column, text in enumerate(texts):
        ids = torch.tensor([vocabulary.encode(text)] * 5)
        chances = (
            said(head, difference, ids[:, :-1]).detach().softmax(-1)
        )  # the whole sentence at once
        for row in range(5):
            words = ids[row, 1:].tolist()
            product = math.prod(float(chances[row, i, word]) for i, word in enumerate(words))
            assert float(found[row, column]) == pytest.approx(math.log(product), abs=1e-4)


def test_sentences_share_a_probability_of_one(head, difference, vocabulary):
    """All sentences that end within two words, and all beginnings of the longer ones."""
    end = vocabulary.end_id
    words = [word for word in range(len(vocabulary)) if word != end]
    ended = [[*body, end] for n in (0, 1) for body in itertools.product(words, repeat=n)]
    beginnings = [list(body) for body in itertools.product(words, repeat=2)]
    logs = score_sentences(head, difference, ended + beginnings, vocabulary.start_id)
    torch.testing.assert_close(logs.exp().sum(1), torch.ones(5))


def test_scores_agree_with_those_of_beam_search(head, difference, vocabulary):
    start, end = vocabulary.start_id, vocabulary.end_id
    decoded = BeamSearch(beam_size=2, max_length=5, length_penalty=0)(head, difference, start, end)
    for row, hypotheses in enumerate(decoded):
        for hypothesis in hypotheses:
            ids = hypothesis.ids if len(hypothesis.ids) == 5 else [*hypothesis.ids, end]
            score = score_sentences(head, difference, [ids], start)[row, 0]
            assert float(score) == pytest.approx(hypothesis.score, abs=1e-4)


@pytest.mark.parametrize("sentences", [[], [[3], []]])
def test_nothing_to_score_is_refused(head, difference, vocabulary, sentences):
    with pytest.raises(ValueError, match="at least"):
        score_sentences(head, difference, sentences, vocabulary.start_id)
