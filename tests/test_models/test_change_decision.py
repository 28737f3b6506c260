"""Change decision: the rule by hand, and what it does to the sentences of a speaker."""

import math

import pytest
import torch

from mmrsicc.models.captioners.change_decision import ChangeDecision, decided, evidence
from mmrsicc.models.captioners.speaker import Speaker
from mmrsicc.models.decoding import Hypothesis
from mmrsicc.structures import Conditions

NOTHING = "there is no difference"
WORDS = ["<pad>", "<unk>", "<start>", "<end>", *NOTHING.split(), "a", "house", "built"]


def speaker(vocabulary=WORDS, **options):
    torch.manual_seed(0)
    head = {"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4}
    decoding = {"type": "BeamSearch", "beam_size": 4, "max_length": 6}
    tokenizer = {"type": "Vocabulary", "words": vocabulary}
    return Speaker(32, head, tokenizer, decoding, **options).eval()


def test_the_rule_by_hand():
    chances = ChangeDecision(0.5, 2.0, 0.25)(torch.tensor([0.2, 0.9]), torch.tensor([0.0, 0.3]))
    for found, s, m in zip(chances.tolist(), (0.2, 0.9), (0.0, 0.3), strict=True):
        odds = math.log((s + 1e-4) / (1 - s + 1e-4))
        z = 0.5 + 2.0 * odds + 0.25 * math.log(m + 1e-4)
        assert found == pytest.approx(1 / (1 + math.exp(-z)), abs=1e-6)


def test_by_default_it_is_the_speakers_own_probability():
    chances = torch.tensor([0.0, 0.3, 1.0])
    torch.testing.assert_close(ChangeDecision()(chances), chances, atol=2e-4, rtol=0)


def test_certain_speakers_and_empty_masks_stay_finite():
    speaker_says, mask_says = evidence(torch.tensor([0.0, 1.0]), torch.tensor([0.0, 1.0]))
    assert speaker_says.tolist() == pytest.approx([-math.log(1.0001e4), math.log(1.0001e4)], 1e-3)
    assert mask_says.tolist() == pytest.approx([math.log(1e-4), math.log(1.0001)], abs=1e-6)


def test_a_rule_with_a_mask_needs_one():
    with pytest.raises(ValueError, match="set mask=0"):
        ChangeDecision(mask=0.1)(torch.tensor([0.5]))


def test_sentences_of_the_decided_kind_come_first():
    house, nothing, road = (Hypothesis([i], -float(i)) for i in (1, 2, 3))
    known, own = (lambda h: h.ids == [2]), Hypothesis([2, 2], -9.0)
    said = [nothing, house, road]
    assert decided(said, True, own, known) == [house, road, nothing]
    assert decided(said, False, own, known) == said
    assert decided([house, road], False, own, known) == [own, house, road]
    # There may be no sentence about a change to say instead.
    assert decided([nothing], True, own, known) == [nothing]


@pytest.mark.parametrize("bias", [-100, 100])
def test_what_is_said_agrees_with_the_probability(difference, bias):
    asked = speaker(decision={"bias": bias})
    hypotheses, chances = asked.answer(difference)
    assert all((chance > 0.5) == (bias > 0) for chance in chances)
    plain = asked.generate(difference)
    for own, before in zip(hypotheses, plain, strict=True):
        sentence = asked.tokenizer.decode(own[0].ids)
        assert (sentence == NOTHING) == (bias < 0)
        scores = {tuple(h.ids): h.score for h in before}
        if tuple(own[0].ids) in scores:
            assert own[0].score == scores[tuple(own[0].ids)]


def test_an_added_sentence_has_the_score_that_a_search_would_give_it(difference):
    asked = speaker(decision={"bias": -100})
    (log,) = asked.score(difference, [NOTHING])[:1].flatten().tolist()
    found = asked.answer(difference)[0][0][0]
    assert asked.tokenizer.decode(found.ids) == NOTHING
    assert found.score == pytest.approx(log / 5, rel=1e-5)  # Four words and the end.


def test_sentences_after_a_prompt_are_not_decided(difference):
    """The known no-change sentences are whole ones, which the prompt does not begin."""
    asked = speaker(decision={"bias": -100})
    prompted = Conditions(prompt=torch.full((5, 1), 4))
    hypotheses, chances = asked.answer(difference, prompted)
    assert chances == [None] * 5
    assert hypotheses == asked.generate(difference, prompted)


def test_without_a_decision_the_most_probable_sentence_is_said(difference):
    asked = speaker()
    hypotheses, chances = asked.answer(difference)
    assert hypotheses == asked.generate(difference)
    expected = 1 - asked.score(difference, [NOTHING]).exp()
    assert chances == pytest.approx(expected.flatten().tolist(), abs=1e-6)


def test_a_vocabulary_without_no_change_sentences(difference):
    words = [*WORDS[:4], "a", "house"]
    assert speaker(words).answer(difference)[1] == [None] * 5
    with pytest.raises(ValueError, match="leave decision out"):
        speaker(words, decision={"bias": 0.0})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "high", None])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(ValueError, match=r"mask is .*no finite number: fit one"):
        ChangeDecision(0.0, 1.0, value)
