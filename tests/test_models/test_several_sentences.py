"""Five sentences in one pass of the encoder are as good as five samples."""

from dataclasses import replace

import pytest
import torch
from test_models.parts import captioner, raw_pairs, sample
from test_models.transfer_parts import CONFIG, TwoScales

from mmrsicc.models.decoding import BeamSearch
from mmrsicc.structures import Conditions

SENTENCES = [
    ["a house is built", "a road is gone", "a house", "gone", "is built"],
    ["a road", "a road is built", "house"],
]
RESNET = {
    "type": "mmpretrain.ResNet",
    "depth": 18,
    "stem_channels": 8,
    "base_channels": 8,
    "zero_init_residual": False,
}
FAMILIES = {
    "transformer": CONFIG,
    "told the flag": {
        **CONFIG,
        "head": {**CONFIG["head"], "flag_condition": True},
        "flag_head": {"type": "FlagHead"},
    },
    "memory levels": {
        **CONFIG,
        "backbone": RESNET,
        "neck": {"type": "PSNet", "dims": 32, "num_levels": 2, "num_heads": 4, "grid_size": 2},
        "head": {
            "type": "ClassicCaptionHead",
            "num_layers": 2,
            "num_heads": 4,
            "memory_levels": 2,
        },
    },
    "recurrent": {
        **CONFIG,
        "backbone": RESNET,
        "neck": {"type": "PooledFusion"},
        "head": {"type": "RecurrentCaptionHead", "dims": 16},
    },
    "dynamic speaker": {
        **CONFIG,
        "backbone": RESNET,
        "neck": {"type": "DualAttention", "attention_channels": 32},
        "head": {"type": "DynamicSpeaker", "dims": 16, "word_dims": 12, "entropy_weight": 0.1},
    },
}


def losses_and_gradients(parts, inputs, samples):
    """The caption loss and its gradients; in eval mode nothing drops out.

    The flag head's loss is left out: its mean is over samples, and not over sentences.
    """
    model = captioner(**parts).double().eval()
    found = model(inputs, samples, mode="loss")
    losses = {k: v for k, v in found.items() if "loss" in k and "flag" not in k}
    sum(losses.values()).backward()
    gradients = {n: p.grad for n, p in model.named_parameters() if p.requires_grad}
    return losses, gradients


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("counts", "flags"), [((5, 3), (1, 1)), ((3, 3), (1, 0))], ids=str)
def test_sentences_of_one_pair_are_as_good_as_samples_of_their_own(family, counts, flags):
    before, after = raw_pairs(size=64)
    own = [sentences[:n] for sentences, n in zip(SENTENCES, counts, strict=True)]
    together = [sample(*s, change_flag=f) for s, f in zip(own, flags, strict=True)]
    apart = [
        sample(sentence, change_flag=flag)
        for sentences, flag in zip(own, flags, strict=True)
        for sentence in sentences
    ]
    rows = torch.arange(2).repeat_interleave(torch.tensor(counts))
    losses, gradients = losses_and_gradients(FAMILIES[family], (before, after), together)
    expected, theirs = losses_and_gradients(FAMILIES[family], (before[rows], after[rows]), apart)
    assert losses.keys() == expected.keys()
    for name, loss in losses.items():
        torch.testing.assert_close(loss, expected[name], atol=1e-10, rtol=1e-10)
    for name, gradient in gradients.items():
        assert (gradient is None) == (theirs[name] is None), name
        if gradient is not None:
            torch.testing.assert_close(gradient, theirs[name], atol=1e-10, rtol=1e-8)
    assert any(g is not None and g.any() for n, g in gradients.items() if "backbone" in n)


def test_the_backbone_sees_each_image_once():
    model, seen = captioner(**CONFIG), []
    assert isinstance(model.encoder.backbone, TwoScales)
    model.encoder.backbone.register_forward_hook(lambda m, args, out: seen.append(args[0].shape))
    model(raw_pairs(size=32), [sample(*sentences) for sentences in SENTENCES], mode="loss")
    assert seen == [(4, 3, 32, 32)]


@pytest.mark.parametrize("family", ["transformer", "memory levels"])
def test_the_memory_is_projected_once_per_pair(family):
    model, seen = captioner(**FAMILIES[family]).eval(), []
    speaker, layers = model.speaker, model.speaker.head.layers
    for layer in layers:
        for part in (layer.memory_attention.key, layer.memory_attention.value):
            part.register_forward_hook(lambda m, args, out: seen.append(tuple(args[0].shape)))
    features = model(raw_pairs(size=64))
    _, count, width = features.tokens.shape
    places = count // getattr(speaker.head, "memory_levels", 1)
    once = [(2, places, width)] * 2 * len(layers)
    speaker.loss(features, SENTENCES)
    assert seen == once
    seen.clear()
    speaker.generate(features, decoding=BeamSearch(3, 6))
    assert seen == once
    state = speaker.head.start(features)
    assert all(part.shape == (2, 4, places, width // 4) for kv in state.memory for part in kv)


@torch.no_grad()
def test_selected_pairs_keep_their_own_memory():
    """As beam search selects: two sentences per pair, of pairs that stay in the batch."""
    model = captioner(**CONFIG).eval()
    features, head = model(raw_pairs(3, 32)), model.speaker.head
    ids = torch.tensor([[[2, 4, 5], [2, 6, 7]], [[2, 8, 4], [2, 9, 9]], [[2, 5, 5], [2, 7, 4]]])
    expected = head(features, ids)[:, :, -1]
    state = head.start(features).select(torch.arange(3).repeat_interleave(2))
    for position in range(2):
        _, state = head.step(ids[:, :, position].flatten(), state)
    # The pairs 2 and 0 go on, the sentences of 2 in another order.
    state = state.select(torch.tensor([5, 4, 0, 1]), torch.tensor([2, 0]))
    logits, _ = head.step(torch.tensor([4, 5, 5, 7]), state)
    wanted = torch.stack([expected[2, 1], expected[2, 0], expected[0, 0], expected[0, 1]])
    torch.testing.assert_close(logits, wanted)


def test_pairs_without_a_sentence_are_named():
    model = captioner(**CONFIG)
    features = model(raw_pairs(size=32))
    with pytest.raises(ValueError, match="has no sentence to train on"):
        model.speaker.loss(features, [["a house"], []])


@torch.no_grad()
def test_missing_sentences_count_nothing_in_the_accuracy():
    model = captioner(**CONFIG).eval()
    features, head = model(raw_pairs(size=32)), model.speaker.head
    batch = model.speaker.encode(SENTENCES)
    assert batch.ids.shape[:2] == (2, 5) and not batch.words[1, 3:].any()
    right = head(features, batch.ids[..., :-1]).argmax(-1) == batch.ids[..., 1:]
    found = head.loss(features, batch, Conditions())["word_accuracy"]
    torch.testing.assert_close(found, 100 * right[batch.words].float().mean())


@pytest.mark.parametrize("family", ["transformer", "told the flag", "memory levels"])
def test_sentences_in_one_row_are_as_good_as_padded_ones(family):
    model = captioner(**FAMILIES[family]).double().eval()
    samples = [sample(*own, change_flag=k) for k, own in enumerate(SENTENCES)]
    features = model.encoder(*raw_pairs(size=64))
    told = model.conditions(features, samples, (64, 64), training=True)
    batch = model.speaker.encode(SENTENCES)
    # 5 + 5 + 3 + 2 + 3 words and ends of the first pair, 3 + 5 + 2 of the second.
    assert (batch.packed.sentences >= 0).sum(1).tolist() == [18, 10]
    results = []
    for sentences in (batch, replace(batch, packed=None)):
        losses = model.speaker.head.loss(features, sentences, told)
        weights = [p for p in model.speaker.head.parameters() if p.requires_grad]
        gradients = torch.autograd.grad(losses["loss_caption"], weights, retain_graph=True)
        results.append([*losses.values(), *gradients])
    for packed, padded in zip(*results, strict=True):
        torch.testing.assert_close(packed, padded)
