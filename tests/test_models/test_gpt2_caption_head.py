"""PromptCC's head: GPT-2 against Hugging Face's, and what stands before the words."""

import pytest
import torch
from transformers import GPT2Config, GPT2Model

from mmrsicc.models.decoding import BeamSearch, GreedySearch
from mmrsicc.models.heads import GPT2CaptionHead
from mmrsicc.models.layers.gpt2 import GPT2
from mmrsicc.structures import Conditions

TOLD = Conditions(flag=torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0]))


def make(vocabulary, **options):
    torch.manual_seed(0)
    return GPT2CaptionHead(32, vocabulary, num_layers=2, num_heads=4, **options).eval()


@pytest.fixture
def published(tmp_path):
    """A folder with a tiny GPT-2 of ten words, as the hub holds one."""
    torch.manual_seed(1)
    config = GPT2Config(vocab_size=10, n_embd=32, n_layer=2, n_head=4, n_positions=1024)
    model = GPT2Model(config).eval()
    model.save_pretrained(tmp_path)
    return tmp_path, model


@torch.no_grad()
def test_gpt2_is_hugging_faces_whole_and_step_by_step(published):
    folder, theirs = published
    ours = GPT2(10, dims=32, num_layers=2, num_heads=4).eval()
    ours.load_pretrained(str(folder))
    x = torch.randn(2, 7, 32)
    expected = theirs(inputs_embeds=x).last_hidden_state
    found, states = ours(x[:, :4])
    torch.testing.assert_close(found, expected[:, :4], atol=1e-5, rtol=1e-5)
    for place in range(4, 7):
        found, states = ours(x[:, place : place + 1], states)
        torch.testing.assert_close(found[:, 0], expected[:, place], atol=1e-5, rtol=1e-5)
    _, states = ours(x[:, :2])
    found, _ = ours(x[:, 2:], states)
    torch.testing.assert_close(found, expected[:, 2:], atol=1e-5, rtol=1e-5)
    with pytest.raises(ValueError, match="5 places is longer than GPT-2's 4 positions"):
        GPT2(10, 32, 1, 4, max_length=4)(torch.zeros(1, 5, 32))


def test_published_weights_of_another_size_are_refused(published, vocabulary):
    folder, theirs = published
    head = make(vocabulary, pretrained=str(folder))
    head.init_weights()
    assert torch.equal(head.gpt.embedding.weight, theirs.wte.weight)
    with pytest.raises(ValueError, match=r"embedding\.weight"):
        GPT2(11, 32, 2, 4).load_pretrained(str(folder))


@torch.no_grad()
def test_tokens_prompts_and_flag_stand_before_the_words(vocabulary, difference):
    head = make(vocabulary)
    ids = torch.randint(4, len(vocabulary), (5, 2, 6), generator=torch.Generator().manual_seed(1))
    logits = head(difference, ids, TOLD)
    flags = head.flag.weight[TOLD.flag.long()].unsqueeze(1)
    prefix = torch.cat([difference.tokens, head.prompts.expand(5, -1, -1), flags], dim=1)
    for number in range(2):
        words = head.gpt.embedding.weight[ids[:, number, 1:]]
        places, _ = head.gpt(torch.cat([prefix, words], dim=1))
        expected = head.classifier(places[:, prefix.shape[1] - 1 :])
        torch.testing.assert_close(logits[:, number], expected, atol=1e-5, rtol=1e-4)
    other = Conditions(flag=1 - TOLD.flag)
    assert not torch.allclose(head(difference, ids, other), logits, atol=1e-4)


@torch.no_grad()
def test_the_prefix_is_read_once_for_all_sentences_of_a_pair(vocabulary, difference):
    head, read = make(vocabulary), []
    head.gpt.register_forward_pre_hook(lambda module, inputs: read.append(inputs[0].shape[:2]))
    head(difference, torch.full((5, 3, 6), 4), TOLD)
    before_the_flag = difference.tokens.shape[1] + len(head.prompts)
    assert read == [(5, before_the_flag), (15, 6)]


@torch.no_grad()
def test_words_one_by_one_are_those_of_the_whole_sentence(vocabulary, difference):
    head = make(vocabulary)
    ids = torch.randint(4, len(vocabulary), (5, 6), generator=torch.Generator().manual_seed(1))
    full = head(difference, ids.unsqueeze(1), TOLD).squeeze(1)
    state = head.start(difference, TOLD)
    for position in range(6):
        logits, state = head.step(ids[:, position], state)
        torch.testing.assert_close(logits, full[:, position], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_beam_of_one_is_greedy(vocabulary, difference):
    head = make(vocabulary)
    ends = (vocabulary.start_id, vocabulary.end_id)
    greedy = GreedySearch(max_length=5)(head, difference, *ends, TOLD)
    beam = BeamSearch(beam_size=1, max_length=5)(head, difference, *ends, TOLD)
    assert [h[0].ids for h in greedy] == [h[0].ids for h in beam]


def test_a_frozen_gpt2_stays_as_it_is(vocabulary, difference):
    head = make(vocabulary, dropout=0.5).train()
    ids = torch.full((5, 1, 4), 4)
    logits = head(difference, ids, TOLD)
    assert torch.equal(logits, head(difference, ids, TOLD))  # No dropout.
    logits.sum().backward()
    assert all(p.grad is None for p in head.gpt.parameters())
    assert head.prompts.grad.any() and head.flag.weight.grad.any(1).all()
    assert head.classifier.weight.grad.any()
    learns = make(vocabulary, dropout=0.5, frozen=False).train()
    assert not torch.equal(learns(difference, ids, TOLD), learns(difference, ids, TOLD))


def test_the_flag_must_be_told(vocabulary, difference):
    with pytest.raises(ValueError, match="gets no change flag: set flag_head="):
        make(vocabulary)(difference, torch.zeros(5, 1, 2, dtype=torch.long))
