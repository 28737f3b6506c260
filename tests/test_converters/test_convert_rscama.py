"""RSCaMa as its authors' code computes it: same weights, same features, same logits."""

import pytest
import torch
from test_converters.formula import fill, inputs
from test_converters.same_network import (
    VOCABULARY,
    WORDS,
    assert_same_network,
    read_reference,
    vocabulary_of,
)

from mmrsicc.converters.rscama import KEYS
from mmrsicc.models.heads import ClassicCaptionHead, PrefixCaptionHead
from mmrsicc.models.necks import RSCaMa
from mmrsicc.structures import DifferenceFeatures
from mmrsicc.utils.checkpoint import load_weights


def test_logits_equal_those_of_the_authors_code():
    neck = RSCaMa(in_channels=(24,), max_grid_size=3)
    head = ClassicCaptionHead(24, VOCABULARY, num_heads=4, residual=True)
    assert_same_network(read_reference("rscama"), KEYS, neck, head)


@pytest.mark.parametrize("layer", ["mamba", "gpt"])
@torch.no_grad()
def test_logits_of_the_other_decoders_are_theirs(layer):
    reference = read_reference(f"rscama_{layer}")
    head = PrefixCaptionHead(24, VOCABULARY, layer).eval()
    converted = KEYS.convert(fill(reference["shapes"]), "the reference").state_dict
    weights = {key.removeprefix("speaker.head."): value for key, value in converted.items()}
    load_weights(head, weights, "the reference")
    tokens = inputs("tokens", 2, 5, 24)
    logits = head(DifferenceFeatures(tokens, tokens.mean(1)), WORDS.unsqueeze(1)).squeeze(1)
    torch.testing.assert_close(logits, torch.tensor(reference["logits"]), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("head", "options", "count"),
    [
        (ClassicCaptionHead, {"residual": True}, 13_802_997 - 3_581_184),
        (PrefixCaptionHead, {"layer": "mamba"}, 43_197_429 - 38_654_976),
        (PrefixCaptionHead, {"layer": "gpt"}, 47_283_189 - 38_637_312),
    ],
)
def test_published_size_is_theirs_without_what_they_never_use(head, options, count):
    """Their counts with 501 words; the README says what is unused."""
    vocabulary = vocabulary_of(501)
    with torch.device("meta"):
        neck = RSCaMa(in_channels=(768,))
        words = head(768, vocabulary, **options)
    assert sum(p.numel() for p in neck.parameters()) == 733_899_265 - 690_851_328
    assert sum(p.numel() for p in words.parameters()) == count
