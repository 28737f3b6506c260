"""DGAT as its authors' code computes it: same weights, same features, same logits."""

import torch
from test_converters.same_network import (
    VOCABULARY,
    assert_same_network,
    published_sizes,
    read_reference,
    vocabulary_of,
)

from mmrsicc.converters.dgat import KEYS
from mmrsicc.models.heads import ClassicCaptionHead
from mmrsicc.models.necks import DGAT


def test_logits_equal_those_of_the_authors_code():
    """Of a map of 3 x 4 places and two layers: rows, columns and dates must not be confused."""
    sizes = {"out_channels": 24, "ffn_dims": 8, "num_layers": 2, "max_grid_size": 6}
    neck = DGAT(in_channels=(32,), **sizes)
    head = ClassicCaptionHead(24, VOCABULARY, num_heads=4, residual=True, output_dropout=0.0)
    assert_same_network(read_reference("dgat"), KEYS, neck, head)


def test_published_size_is_theirs_without_what_they_never_use():
    """Their counts with 501 words; the README says what is unused."""
    vocabulary = vocabulary_of(501)
    with torch.device("meta"):
        neck = DGAT(in_channels=(512,))
        head = ClassicCaptionHead(neck.out_channels, vocabulary, residual=True)
    encoder, decoder = published_sizes(neck, head)
    assert encoder == 5_065_220
    assert decoder == 10_098_677 - 1_574_400
