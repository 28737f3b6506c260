"""A speaker that is rewarded for its own sentences."""

from dataclasses import replace

import pytest
import torch

from mmrsicc.models.captioners.speaker import Speaker
from mmrsicc.models.decoding import Hypothesis
from mmrsicc.registry import METRICS
from mmrsicc.structures import Conditions

SENTENCES = [["a house is built"], ["a road"], ["gone"], ["a house"], ["road is gone"]]


@METRICS.register_module(force=True)
class CountsHouses:
    """A reward that can be seen to be learned: the number of houses, at most three."""

    def __call__(self, sentence, references):
        return min(sentence.split().count("house"), 3)


def make(vocabulary, samples=4):
    torch.manual_seed(0)
    reward = {"score": {"type": "CountsHouses"}, "samples": samples} if samples else None
    head = {"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4, "dropout": 0.0}
    return Speaker(32, head, vocabulary.to_dict(), max_length=8, reward=reward)


def test_the_words_loss_is_as_before_and_only_the_rewards_term_is_new(vocabulary, difference):
    terms = make(vocabulary).loss(difference, SENTENCES)
    plain = make(vocabulary, samples=0).loss(difference, SENTENCES)
    assert torch.equal(terms["loss_caption"], plain["loss_caption"])
    assert terms.keys() - plain.keys() == {"loss_reward", "reward"}


def test_what_is_rewarded_is_said_more_often(vocabulary, difference):
    speaker = make(vocabulary)
    optimizer = torch.optim.Adam(speaker.parameters(), lr=5e-3)
    rewards = []
    for _ in range(60):
        terms = speaker.loss(difference, SENTENCES)
        optimizer.zero_grad()
        terms["loss_reward"].backward()
        optimizer.step()
        rewards.append(float(terms["reward"]))
    assert sum(rewards[-10:]) / 10 > sum(rewards[:10]) / 10 + 0.5


def test_the_gradient_is_that_of_each_sentence_against_the_mean_of_the_others(
    vocabulary, difference, monkeypatch
):
    speaker = make(vocabulary, samples=2)
    said = [["house house", "a road"], ["a", "a"], ["house", "house"], ["road", "house"], ["a", ""]]
    ids = [[vocabulary.encode(text) for text in texts] for texts in said]

    def draw(speaker, features, conditions):
        return ids

    monkeypatch.setattr(speaker.reward, "draw", draw)
    found = speaker.loss(difference, SENTENCES)["loss_reward"]
    logs, words = speaker.word_logs(difference, ids, Conditions())
    logs = (logs * words).sum(-1)
    # Pair 0: 2 against 0; pair 3: 0 against 1; the others say alike.
    total = 2 * logs[0, 0] - 2 * logs[0, 1] - logs[3, 0] + logs[3, 1]
    torch.testing.assert_close(found, -total / words.sum())


def test_rewards_keep_their_digits_in_mixed_precision(vocabulary, difference, monkeypatch):
    speaker = make(vocabulary)
    monkeypatch.setattr(speaker.reward, "score", lambda text, own: 1.001)
    rounded = replace(difference, tokens=difference.tokens.bfloat16())
    with torch.autocast("cpu", torch.bfloat16):
        terms = speaker.loss(rounded, SENTENCES)
    assert float(terms["reward"]) == pytest.approx(1.001, rel=1e-6)


def test_drawn_sentences_are_compared_with_all_of_a_pair(vocabulary, difference, monkeypatch):
    """Also where one of them is learned at a time."""
    speaker, seen = make(vocabulary), []
    monkeypatch.setattr(speaker.reward, "score", lambda text, own: seen.append(own) or 0.0)
    references = [[*own, "a tree"] for own in SENTENCES]
    speaker.loss(difference, SENTENCES, references=references)
    assert seen[::4] == references
    seen.clear()
    speaker.loss(difference, SENTENCES)
    assert seen[::4] == SENTENCES


def test_unchanged_pairs_are_not_rewarded(vocabulary, difference):
    flags = torch.zeros(5)
    terms = make(vocabulary).loss(difference, SENTENCES, Conditions(true_flag=flags))
    assert terms["loss_reward"] == 0 and terms["reward"] == 0


def test_one_sample_has_nothing_to_be_compared_with(vocabulary):
    with pytest.raises(ValueError, match="samples=1 must be 2 or more"):
        make(vocabulary, samples=1)


def test_the_true_flag_tells_which_pairs_are_rewarded(vocabulary, difference):
    """Not the flag that the head is told, which may be a prediction."""
    told = Conditions(flag=torch.ones(5), true_flag=torch.zeros(5))
    assert make(vocabulary).loss(difference, SENTENCES, told)["reward"] == 0


def test_drawn_sentences_are_not_kept(vocabulary, difference):
    speaker = make(vocabulary)
    known = set(speaker._known) | {text for own in SENTENCES for text in own}
    speaker.loss(difference, SENTENCES)
    assert set(speaker._known) <= known | set(speaker.no_change)


def test_the_gradient_is_of_the_words_that_were_drawn(vocabulary, difference, monkeypatch):
    """An unknown word is no word less, and a sentence without an end gets none."""
    speaker = make(vocabulary, samples=2)
    unknown, longest = vocabulary.unk_id, speaker.max_length - 1
    house = vocabulary.encode("house")[1]
    drawn = [Hypothesis([house, unknown], 0.0), Hypothesis([house] * longest, 0.0)]
    monkeypatch.setattr(speaker, "generate", lambda *_: [drawn] * 5)
    start, end = vocabulary.start_id, vocabulary.end_id
    ids = speaker.reward.draw(speaker, difference, Conditions())
    assert ids == [[[start, house, unknown, end], [start] + [house] * longest]] * 5
    logs, words = speaker.word_logs(difference, ids, Conditions())
    assert words.sum(-1).tolist() == [[3, longest]] * 5
    state = speaker.head.start(difference).select(torch.arange(5))
    for place, word in enumerate([house, unknown, end]):
        before = torch.full((5,), ids[0][0][place])
        logits, state = speaker.head.step(before, state)
        torch.testing.assert_close(logs[:, 0, place], logits.log_softmax(-1)[:, word])
