"""SparseFocus as its authors' code computes it: same weights, same features, same logits."""

import torch
from test_converters.same_network import (
    VOCABULARY,
    assert_same_network,
    published_sizes,
    read_reference,
    vocabulary_of,
)

from mmrsicc.converters.sparse_focus import KEYS
from mmrsicc.models.heads import ClassicCaptionHead
from mmrsicc.models.necks import SparseFocus


def test_logits_equal_those_of_the_authors_code():
    """Of a map of 3 x 4 places: rows and columns must not be confused."""
    neck = SparseFocus(in_channels=(16,), out_channels=24, max_grid_size=6)
    head = ClassicCaptionHead(24, VOCABULARY, num_heads=4, ffn_dims=48, output_dropout=0.0)
    assert_same_network(read_reference("sparse_focus"), KEYS, neck, head)


def test_published_size_is_theirs():
    """Their counts with 501 words: nothing in their code is unused."""
    vocabulary = vocabulary_of(501)
    with torch.device("meta"):
        neck = SparseFocus(in_channels=(2048,))
        head = ClassicCaptionHead(neck.out_channels, vocabulary, ffn_dims=4096)
    encoder, decoder = published_sizes(neck, head)
    assert encoder == 10_523_650
    assert decoder == 106_965_493
