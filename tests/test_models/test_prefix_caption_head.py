"""Heads that read the tokens as the beginning of the sentence, against Hugging Face's layers."""

import pytest
import torch
from test_models.parts import said
from transformers import GPT2Config, GPT2Model, MambaConfig, MambaModel

from mmrsicc.models.decoding import BeamSearch, GreedySearch
from mmrsicc.models.heads import PrefixCaptionHead
from mmrsicc.models.layers.causal import GPTLayer, MambaLayer


def make(vocabulary, layer, **options):
    torch.manual_seed(0)
    return PrefixCaptionHead(32, vocabulary, layer, num_heads=4, **options).eval()


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("layer", ["mamba", "gpt"])
@torch.no_grad()
def test_words_one_by_one_are_those_of_the_whole_sentence(
    vocabulary, difference, layer, num_layers
):
    head = make(vocabulary, layer, num_layers=num_layers)
    ids = torch.randint(4, len(vocabulary), (5, 6), generator=torch.Generator().manual_seed(1))
    full, state = said(head, difference, ids), head.start(difference)
    for position in range(6):
        logits, state = head.step(ids[:, position], state)
        torch.testing.assert_close(logits, full[:, position], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("layer", ["mamba", "gpt"])
@torch.no_grad()
def test_sentences_of_a_pair_do_not_see_one_another(vocabulary, difference, layer):
    head = make(vocabulary, layer)
    ids = torch.randint(4, len(vocabulary), (5, 3, 4), generator=torch.Generator().manual_seed(1))
    together = head(difference, ids)
    for number in range(3):
        torch.testing.assert_close(together[:, number], said(head, difference, ids[:, number]))


@pytest.mark.parametrize("layer", ["mamba", "gpt"])
@torch.no_grad()
def test_beam_of_one_is_greedy(vocabulary, difference, layer):
    head = make(vocabulary, layer)
    start, end = vocabulary.start_id, vocabulary.end_id
    greedy = GreedySearch(max_length=5)(head, difference, start, end)
    beam = BeamSearch(beam_size=1, max_length=5)(head, difference, start, end)
    assert [h[0].ids for h in greedy] == [h[0].ids for h in beam]


@torch.no_grad()
def test_mambas_layer_is_hugging_faces():
    torch.manual_seed(0)
    ours = MambaLayer(32).eval()
    theirs = MambaModel(MambaConfig(vocab_size=3, hidden_size=32, num_hidden_layers=1)).eval()
    block = theirs.layers[0]
    block.norm.weight.uniform_()
    theirs.norm_f.weight.uniform_()
    ours.norm.load_state_dict(block.norm.state_dict())
    ours.last_norm.load_state_dict(theirs.norm_f.state_dict())
    mixer = block.mixer
    ours.enter.weight.copy_(mixer.in_proj.weight[:64])
    ours.gate.weight.copy_(mixer.in_proj.weight[64:])
    ours.convolution.load_state_dict(mixer.conv1d.state_dict())
    ours.leave.load_state_dict(mixer.out_proj.state_dict())
    ours.scan.select.load_state_dict(mixer.x_proj.state_dict())
    ours.scan.step.load_state_dict(mixer.dt_proj.state_dict())
    ours.scan.log_rates.copy_(mixer.A_log)
    ours.scan.skip.copy_(mixer.D)
    x = torch.randn(2, 7, 32)
    expected = theirs(inputs_embeds=x).last_hidden_state
    torch.testing.assert_close(ours(x), expected, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_gpts_layer_is_hugging_faces():
    torch.manual_seed(0)
    ours = GPTLayer(32, num_heads=4, max_length=8).eval()
    config = GPT2Config(vocab_size=3, n_embd=32, n_layer=1, n_head=4, n_positions=8)
    theirs = GPT2Model(config).eval()
    block = theirs.h[0]
    ours.positions.weight.copy_(theirs.wpe.weight)
    ours.norm.load_state_dict(block.ln_1.state_dict())
    ours.last_norm.load_state_dict(theirs.ln_f.state_dict())
    # The published matrices are transposed.
    parts = (ours.attention.query, ours.attention.key, ours.attention.value)
    for part, weight in zip(parts, block.attn.c_attn.weight.T.chunk(3), strict=True):
        part.weight.copy_(weight)
    ours.attention.output.weight.copy_(block.attn.c_proj.weight.T)
    ours.ffn[0].load_state_dict(block.ln_2.state_dict())
    ours.ffn[1].weight.copy_(block.mlp.c_fc.weight.T)
    ours.ffn[3].weight.copy_(block.mlp.c_proj.weight.T)
    x = torch.randn(2, 7, 32)
    expected = theirs(inputs_embeds=x).last_hidden_state
    torch.testing.assert_close(ours(x), expected, atol=1e-5, rtol=1e-5)


def test_other_layers_and_longer_sentences_are_refused(vocabulary, difference):
    with pytest.raises(ValueError, match="layer must be 'mamba' or 'gpt', got 'lstm'"):
        make(vocabulary, "lstm")
    with pytest.raises(ValueError, match="513 ids is longer than the 512 positions"):
        make(vocabulary, "mamba")(difference, torch.zeros(5, 1, 513, dtype=torch.long))
