import pytest
import torch
import torch.nn.functional as F
from test_models.parts import encoded, said

from mmrsicc.models.captioners.speaker import Speaker
from mmrsicc.models.heads import TransformerCaptionHead


def make_head(vocabulary, **kwargs):
    torch.manual_seed(1)
    options = {"dims": 32, "num_layers": 2, "num_heads": 4, "dropout": 0.0, **kwargs}
    head = TransformerCaptionHead(in_channels=32, tokenizer=vocabulary, **options)
    return head.eval()


def test_incremental_decoding_equals_full_decoding(vocabulary, difference):
    head = make_head(vocabulary)
    ids = torch.randint(4, len(vocabulary), (5, 9))
    full = said(head, difference, ids)
    state = head.start(difference)
    for position in range(9):
        logits, state = head.step(ids[:, position], state)
        torch.testing.assert_close(logits, full[:, position], atol=1e-5, rtol=1e-5)
    assert state.length == 9


def test_selected_rows_go_on_as_if_alone(vocabulary, difference):
    head = make_head(vocabulary)
    ids = torch.randint(4, len(vocabulary), (5, 4))
    full = said(head, difference, ids)
    state = head.start(difference)
    for position in range(3):
        _, state = head.step(ids[:, position], state)
    rows = torch.tensor([4, 1, 1])
    logits, _ = head.step(ids[rows, 3], state.select(rows, rows))
    torch.testing.assert_close(logits, full[rows, 3], atol=1e-5, rtol=1e-5)


def test_a_word_never_sees_those_after_it(vocabulary, difference):
    head = make_head(vocabulary)
    ids = torch.randint(4, len(vocabulary), (5, 6))
    changed = ids.clone()
    changed[:, 4:] = vocabulary.unk_id
    torch.testing.assert_close(
        said(head, difference, ids)[:, :4], said(head, difference, changed)[:, :4]
    )


@pytest.mark.parametrize("end", ["end", "pad"])
def test_loss_is_the_mean_over_words_without_padding(vocabulary, difference, end):
    """The end is a word as others are, also where it has the id of padding."""
    specials = {**vocabulary.specials, "end": vocabulary.specials[end]}
    vocabulary = type(vocabulary)(words=vocabulary.words, specials=specials)
    head = make_head(vocabulary)
    captions = ["a house", "a road is built", "gone", "a house is built", "road"]
    loss = head.loss(difference, encoded(vocabulary, *captions))["loss_caption"]
    total, count = 0.0, 0
    for row, caption in enumerate(captions):
        ids = torch.tensor([vocabulary.encode(caption)])
        one = type(difference)(difference.tokens[row : row + 1], difference.pooled[row : row + 1])
        logits = said(head, one, ids[:, :-1])[0]
        total += F.cross_entropy(logits, ids[0, 1:], reduction="sum")
        count += ids.shape[1] - 1
    torch.testing.assert_close(loss, total / count, atol=1e-5, rtol=1e-5)


def test_long_sentences_are_cut_but_still_end(vocabulary):
    head = {"type": "TransformerCaptionHead", "dims": 32, "num_heads": 4}
    speaker = Speaker(32, head, vocabulary.to_dict(), max_length=5)
    batch = speaker.encode([["a house is built a road is gone"], ["a"]])
    assert batch.ids.shape == (2, 1, 5)
    assert batch.ids[0, 0, -1] == vocabulary.end_id
    assert batch.ids[1, 0].tolist()[3:] == [vocabulary.pad_id] * 2
    assert batch.words.sum(2).tolist() == [[4], [2]]


def test_more_words_than_positions_are_refused(vocabulary, difference):
    with pytest.raises(ValueError, match="513 ids is longer than the 512 positions"):
        said(make_head(vocabulary), difference, torch.zeros(5, 513, dtype=torch.long))


def test_gradient_reaches_every_parameter(vocabulary, difference):
    head = make_head(vocabulary).train()
    sentences = encoded(vocabulary, "a house", "a road is built", "gone", "is", "road")
    head.loss(difference, sentences)["loss_caption"].backward()
    idle = [n for n, p in head.named_parameters() if p.grad is None]
    assert idle == []


def test_word_attention_is_that_of_each_layer(vocabulary, difference):
    head = make_head(vocabulary)
    ids = torch.randint(4, len(vocabulary), (5, 7))
    weights = head.word_attention(difference, ids)
    assert weights.shape == (5, 2, 7, 6)
    torch.testing.assert_close(weights.sum(-1), torch.ones(5, 2, 7))
    # The first layer by hand: its input needs no other layer's output.
    layer = head.layers[0]
    x = head.embedding(ids) * 32**0.5 + head.positions[:7]
    normed = layer.self_norm(x)
    x = x + layer.self_attention(normed, layer.self_attention.keys_values(normed), causal=True)
    query = layer.memory_attention.query(layer.memory_norm(x)).unflatten(-1, (4, 8))
    key = layer.memory_attention.key(head.memory_projection(difference.tokens)).unflatten(
        -1, (4, 8)
    )
    scores = torch.einsum("blhd,bnhd->bhln", query, key) / 8**0.5
    torch.testing.assert_close(weights[:, 0], scores.softmax(-1).mean(1))


def test_word_attention_leaves_the_head_as_it_was(vocabulary, difference):
    head = make_head(vocabulary)
    ids = torch.randint(4, len(vocabulary), (5, 7))
    before = said(head, difference, ids)
    head.word_attention(difference, ids)
    assert torch.equal(said(head, difference, ids), before)
    with pytest.raises(ValueError, match="512 positions"):
        head.word_attention(difference, torch.zeros(5, 513, dtype=torch.long))
    assert not any(module._forward_pre_hooks for module in head.modules())


def test_where_a_word_looks_does_not_depend_on_later_words(vocabulary, difference):
    head = make_head(vocabulary)
    ids = torch.randint(4, len(vocabulary), (5, 7))
    whole = head.word_attention(difference, ids)
    torch.testing.assert_close(whole[:, :, :3], head.word_attention(difference, ids[:, :3]))
