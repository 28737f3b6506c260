"""DUDA's neck and head against equations written out, and in a captioner."""

import pytest
import torch
from mmengine.structures import BaseDataElement
from test_models import parts
from test_models.parts import encoded, raw_pairs, said
from torch import nn

from mmrsicc.models.decoding import BeamSearch, GreedySearch
from mmrsicc.models.heads import DynamicSpeaker
from mmrsicc.models.losses import AttentionSparsityLoss
from mmrsicc.models.necks import DualAttention
from mmrsicc.structures import ChangeDataSample, Conditions, DifferenceFeatures


def make_neck(channels=6):
    torch.manual_seed(0)
    return DualAttention([3, channels], attention_channels=32).eval()


def make_head(vocabulary, **options):
    torch.manual_seed(1)
    options = {"dims": 16, "word_dims": 12, **options}
    return DynamicSpeaker(in_channels=32, tokenizer=vocabulary, **options).eval()


@pytest.fixture
def three(difference):
    return DifferenceFeatures(difference.tokens[:, :3], difference.pooled)


def make_maps(name, channels=6, size=(4, 5)):
    generator = torch.Generator().manual_seed(len(name))
    return (torch.zeros(2, 3, 9, 9), torch.randn(2, channels, *size, generator=generator))


@torch.no_grad()
def test_a_date_s_vector_is_the_weighed_sum_over_its_places():
    neck, before, after = make_neck(), make_maps("before"), make_maps("after")
    out = neck(before, after)
    assert out.tokens.shape == (2, 3, neck.out_channels) and neck.out_channels == 8
    vector = torch.zeros(2, 8)
    for row in range(4):
        for column in range(5):
            place = before[-1][:, :, row, column]
            coordinates = torch.tensor([2 * column / 5 - 1, 2 * row / 4 - 1]).expand(2, -1)
            weight = out.attention[0][:, 0, row, column]
            vector += weight.unsqueeze(1) * torch.cat([place, coordinates], dim=1)
    torch.testing.assert_close(out.tokens[:, 0], vector)
    torch.testing.assert_close(out.tokens[:, 1], out.tokens[:, 2] - out.tokens[:, 0])
    torch.testing.assert_close(out.pooled, out.tokens[:, 1])


@torch.no_grad()
def test_swapped_dates_swap_attention_only_beside_a_swapped_difference():
    neck, before, after = make_neck(), make_maps("before"), make_maps("after")
    # Attention that does not look at the difference: then the dates are treated alike.
    neck.embed[0].weight[:, 8:] = 0
    there, back = neck(before, after), neck(after, before)
    torch.testing.assert_close(there.tokens[:, 0], back.tokens[:, 2])
    torch.testing.assert_close(there.tokens[:, 1], -back.tokens[:, 1])
    same = neck(before, before)
    assert not same.pooled.any()


def test_attention_channels_come_in_groups():
    with pytest.raises(ValueError, match="attention_channels=40 is no multiple of 32"):
        DualAttention([6], attention_channels=40)


@torch.no_grad()
def test_the_speaker_s_word_by_its_equations(vocabulary, three):
    """One step of both LSTMs, from zero states, written out."""
    head = make_head(vocabulary)
    word = torch.tensor([2, 4, 5, 6, 7])

    def lstm(cell, x):  # From zero states the forget gate and the recurrent weights are idle.
        i, _, g, o = (x @ cell.weight_ih.T + cell.bias_ih + cell.bias_hh).chunk(4, dim=1)
        return o.sigmoid() * (i.sigmoid() * g.tanh()).tanh()

    before, change, after = three.tokens.unbind(1)
    linear, choice = head.summarise[0], head.choose[0]
    summary = (torch.cat([before, change, after], 1) @ linear.weight.T + linear.bias).clamp(min=0)
    attending = lstm(head.attend, torch.cat([summary, torch.zeros(5, 16)], 1))
    scores = (attending @ choice.weight.T + choice.bias).exp()
    a, b, c = (scores / scores.sum(1, keepdim=True)).unsqueeze(2).unbind(1)
    seen = a * before + b * change + c * after
    said = lstm(head.speak, torch.cat([head.embedding.weight[word].clamp(min=0), seen], 1))
    expected = said @ head.classifier.weight.T + head.classifier.bias
    logits, _ = head.step(word, head.start(three))
    torch.testing.assert_close(logits, expected)
    weights = head.word_attention(three, word.unsqueeze(1))
    torch.testing.assert_close(weights[:, 0, 0], torch.cat([a, b, c], dim=1))


@torch.no_grad()
def test_incremental_decoding_equals_full_decoding(vocabulary, three):
    head = make_head(vocabulary)
    ids = torch.randint(4, len(vocabulary), (5, 6), generator=torch.Generator().manual_seed(2))
    full, state = said(head, three, ids), head.start(three)
    for position in range(6):
        logits, state = head.step(ids[:, position], state)
        torch.testing.assert_close(logits, full[:, position])


@torch.no_grad()
def test_selected_sentences_go_on_as_if_alone(vocabulary, three):
    head, rows = make_head(vocabulary), torch.tensor([3, 0, 3])
    ids = torch.tensor([[4, 5], [6, 7], [8, 9], [5, 4], [9, 6]])
    state = head.start(three)
    _, state = head.step(ids[:, 0], state)
    _, state = head.step(ids[rows, 1], state.select(rows))
    chosen, _ = head.step(ids[rows, 0], state)
    alone = said(head, three, torch.cat([ids, ids[:, :1]], dim=1))[rows, 2]
    torch.testing.assert_close(chosen, alone)


def test_a_beam_of_one_is_greedy(vocabulary, three):
    head = make_head(vocabulary)
    arguments = (head, three, vocabulary.start_id, vocabulary.end_id)
    assert BeamSearch(1, 8)(*arguments) == GreedySearch(8)(*arguments)


def test_weights_of_words_sum_to_one_and_leave_no_trace(vocabulary, three):
    head = make_head(vocabulary)
    ids = torch.randint(4, len(vocabulary), (5, 6), generator=torch.Generator().manual_seed(2))
    before = said(head, three, ids)
    weights = head.word_attention(three, ids)
    assert weights.shape == (5, 1, 6, 3)
    torch.testing.assert_close(weights.sum(3), torch.ones(5, 1, 6))
    assert torch.equal(said(head, three, ids), before) and not head.choose._forward_hooks


def test_other_numbers_of_tokens_are_refused(vocabulary, difference):
    with pytest.raises(ValueError, match="3 tokens, but the neck gives 6: use the neck Dual"):
        make_head(vocabulary).start(difference)


CAPTIONS = ("a house is built", "a road is gone", "a house")


def make_samples(*flags):
    samples = []
    for flag, caption in zip(flags, CAPTIONS, strict=False):
        sample = ChangeDataSample()
        sample.targets = [caption]
        if flag is not None:
            sample.change_flag = flag
        samples.append(sample)
    return samples


def test_an_even_choice_is_rewarded_most(vocabulary, three):
    pairs = DifferenceFeatures(three.tokens[:3], three.pooled[:3])
    head = make_head(vocabulary, entropy_weight=1.0)
    nn.init.zeros_(head.choose[0].weight)
    nn.init.zeros_(head.choose[0].bias)
    sentences = encoded(vocabulary, *CAPTIONS)

    def loss_choice(*flags):
        told = Conditions(true_flag=torch.tensor(flags)) if flags else None
        return head.loss(pairs, sentences, told)["loss_choice"]

    # Five and three words, the end included; the second pair is unchanged.
    even = -torch.tensor(3.0).log()
    torch.testing.assert_close(loss_choice(1, 0, 1), even * (5 + 3) / 2)
    torch.testing.assert_close(loss_choice(), even * (5 + 5 + 3) / 3)
    assert loss_choice(0, 0, 0) == 0
    head.choose[0].bias.data[0] = 200.0  # No choice at all, and no log of zero.
    assert loss_choice(1, 1, 1) == 0


def test_the_attention_s_price():
    ones = torch.ones(3, 1, 2, 2)
    before = ones * torch.tensor([1.0, 9.0, 3.0]).view(3, 1, 1, 1)
    tokens, pooled = torch.zeros(3, 3, 4), torch.zeros(3, 4)
    difference = DifferenceFeatures(tokens, pooled, attention=(before, 0 * ones))
    loss = AttentionSparsityLoss(loss_weight=0.1)
    found = loss(difference, make_samples(1, 0, None))  # Sums 4 and 12, half of it per date.
    assert float(found["attention_sum"]) == pytest.approx(4.0)
    assert float(found["loss_attention"]) == pytest.approx(0.4)
    assert loss(difference, make_samples(0, 0, 0))["loss_attention"] == 0
    with pytest.raises(ValueError, match="needs a neck with attention: use DualAttention"):
        loss(DifferenceFeatures(tokens, pooled, scales=(ones,)), make_samples(1, 0, None))


def make_captioner(words):
    return parts.captioner(
        backbone={
            "type": "mmpretrain.ResNet",
            "depth": 18,
            "stem_channels": 8,
            "base_channels": 8,
            "num_stages": 3,
            "strides": (1, 2, 2),
            "dilations": (1, 1, 1),
            "out_indices": (2,),
            "zero_init_residual": False,
        },
        neck={"type": "DualAttention", "attention_channels": 32},
        head={"type": "DynamicSpeaker", "dims": 16, "word_dims": 12},
        tokenizer={"type": "Vocabulary", "words": words},
        losses={"attention": {"type": "AttentionSparsityLoss"}},
    )


def test_a_step_of_training_reaches_every_parameter(vocabulary):
    model = make_captioner(vocabulary.words)
    inputs = raw_pairs()
    losses = model(inputs, make_samples(1, 0), mode="loss")
    assert {k for k in losses if "loss" in k} == {"loss_caption", "loss_choice", "loss_attention"}
    sum(value for key, value in losses.items() if "loss" in key).backward()
    missed = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert not missed
    predicted = model.eval()(inputs, mode="predict")
    assert all(isinstance(sample, BaseDataElement) for sample in predicted)
    assert all(isinstance(sample.pred_caption, str) for sample in predicted)
