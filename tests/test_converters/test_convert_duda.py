"""DUDA: the same network as the authors', seen by their numbers at a small size."""

from dataclasses import replace

import pytest
import torch
from test_converters.formula import inputs
from test_converters.same_network import (
    VOCABULARY,
    WORDS,
    assert_same_network,
    read_reference,
    vocabulary_of,
)

from mmrsicc.converters.duda import KEYS, PARTS
from mmrsicc.models.heads import DynamicSpeaker
from mmrsicc.models.heads.autoregressive_head import SentenceBatch
from mmrsicc.models.losses import AttentionSparsityLoss
from mmrsicc.models.necks import DualAttention
from mmrsicc.structures import ChangeDataSample, Conditions


@pytest.fixture(scope="module")
def reference():
    return read_reference("duda")


@pytest.fixture(scope="module")
def network(reference):
    """Our parts with the authors' weights."""
    neck = DualAttention([6], attention_channels=32)
    head = DynamicSpeaker(8, VOCABULARY, dims=8, word_dims=5, entropy_weight=1.0)
    assert_same_network(reference, KEYS, neck, head)
    return neck, head


@torch.no_grad()
def test_the_network_looks_where_the_authors_looks(reference, network):
    neck, head = network
    maps = [(inputs(date, *reference["features"]),) for date in ("before", "after")]
    difference = neck(*maps)
    names = ("attention_before", "attention_after")
    for name, attention in zip(names, difference.attention, strict=True):
        expected = torch.tensor(reference[name])
        torch.testing.assert_close(attention, expected, atol=1e-5, rtol=0)
    weights = head.word_attention(difference, WORDS)
    expected = torch.tensor(reference["choices"]).unsqueeze(1)
    torch.testing.assert_close(weights, expected, atol=1e-5, rtol=0)


@torch.no_grad()
def test_the_further_losses_are_the_authors(reference, network):
    """Two changed pairs, as in the reference; a third, unchanged one counts for nothing."""
    neck, head = network
    difference = neck(*((inputs(date, *reference["features"]),) for date in ("before", "after")))
    attention = tuple(torch.cat([m, torch.ones_like(m[:1])]) for m in difference.attention)
    tokens = torch.cat([difference.tokens, difference.tokens[:1]])
    difference = replace(difference, tokens=tokens, attention=attention)
    samples = [ChangeDataSample() for _ in range(3)]
    for sample, flag in zip(samples, (1, 1, 0), strict=True):
        sample.change_flag = flag
    # Sentences of which the head reads what the reference's did, as far as its masks go.
    ids = torch.cat([WORDS, torch.full((2, 1), VOCABULARY.end_id)], dim=1)
    for row, length in enumerate(reference["lengths"]):
        ids[row, length + 1 :] = VOCABULARY.pad_id
    ids = torch.cat([ids, ids[:1]]).unsqueeze(1)
    sentences = SentenceBatch(ids, ids[..., 1:] != VOCABULARY.pad_id)
    losses = head.loss(difference, sentences, Conditions(true_flag=torch.tensor([1, 1, 0])))
    expected = reference["losses"]
    assert float(losses["loss_choice"]) == pytest.approx(-expected["entropy"], abs=1e-4)
    attention = AttentionSparsityLoss(loss_weight=0.5)(difference, samples)
    assert float(attention["loss_attention"]) == pytest.approx(expected["attention_sum"] / 2)
    assert float(attention["attention_sum"]) == pytest.approx(expected["attention_sum"])


def test_published_sizes_are_theirs():
    """Their counts with 468 words, less the classifier of the type of change."""
    vocabulary = vocabulary_of(468)
    with torch.device("meta"):
        parts = (DualAttention([1024]), DynamicSpeaker(1026, vocabulary))
    counts = [sum(p.numel() for p in part.parameters()) for part in parts]
    assert counts == [269_331 - (6 * 1026 + 6), 8_876_615]


def test_what_is_unused_is_the_classifier_of_the_type_of_change(reference):
    assert {key.split(".")[0] for key in reference["shapes"]} == set(PARTS.values())
    state = {key: torch.zeros(shape) for key, shape in reference["shapes"].items()}
    unused = KEYS.convert(state, "the reference").unused
    assert set(unused) == {"change_detector.fc1.weight", "change_detector.fc1.bias"}
