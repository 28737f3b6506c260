"""Chg2Cap as its authors' code computes it: same weights, same features, same logits."""

import torch
from test_converters.same_network import (
    VOCABULARY,
    assert_same_network,
    published_sizes,
    read_reference,
    vocabulary_of,
)

from mmrsicc.converters.chg2cap import KEYS
from mmrsicc.models.heads import ClassicCaptionHead
from mmrsicc.models.necks import Chg2Cap


def test_logits_equal_those_of_the_authors_code():
    """Of a map of 3 x 4 places: rows and columns must not be confused."""
    sizes = {"out_channels": 16, "attention_dims": 16, "ffn_dims": 8, "num_heads": 4}
    neck = Chg2Cap(in_channels=(12,), max_grid_size=6, **sizes)
    head = ClassicCaptionHead(16, VOCABULARY, num_heads=4, residual=True)
    assert_same_network(read_reference("chg2cap"), KEYS, neck, head)


def test_published_size_is_theirs_without_what_they_never_use():
    """Their counts with 501 words; the README says what is unused, and whose which part is."""
    vocabulary = vocabulary_of(501)
    with torch.device("meta"):
        neck = Chg2Cap(in_channels=(2048,))
        head = ClassicCaptionHead(neck.out_channels, vocabulary, residual=True)
    encoder, decoder = published_sizes(neck, head)
    assert encoder == 170_015_744 - 37_748_736
    assert decoder == 116_513_269 - 25_278_464
