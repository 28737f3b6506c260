"""RSICCformer as its authors' code computes it: same weights, same images, same logits."""

import torch
from test_converters.same_network import (
    VOCABULARY,
    assert_same_network,
    read_reference,
    vocabulary_of,
)

from mmrsicc.converters.rsiccformer import KEYS
from mmrsicc.models.heads import ClassicCaptionHead
from mmrsicc.models.necks import RSICCformer


def test_logits_equal_those_of_the_authors_code():
    neck = RSICCformer(in_channels=(1024,), dims=8, num_heads=4)
    head = ClassicCaptionHead(16, VOCABULARY, num_layers=1, num_heads=4, dropout=0.5)
    assert_same_network(read_reference("rsiccformer"), KEYS, neck, head)


def test_published_size_is_theirs_without_what_they_never_use():
    """Their counts with 468 words; the README says what is unused."""
    vocabulary = vocabulary_of(468)
    with torch.device("meta"):
        neck = RSICCformer(in_channels=(1024,))
        head = ClassicCaptionHead(neck.out_channels, vocabulary, num_layers=1, dropout=0.5)
    assert sum(p.numel() for p in neck.parameters()) == 21_125_632 - 888_320
    assert sum(p.numel() for p in head.parameters()) == 36_698_580 - 18_942_976
