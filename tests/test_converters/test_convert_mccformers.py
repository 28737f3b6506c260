"""MCCFormers as its authors' code computes it: same weights, same features, same logits."""

import pytest
import torch
from test_converters.same_network import (
    VOCABULARY,
    assert_same_network,
    read_reference,
    vocabulary_of,
)

from mmrsicc.converters import mccformers_d, mccformers_s
from mmrsicc.models.heads import ClassicCaptionHead
from mmrsicc.models.necks import MCCFormersD, MCCFormersS


@pytest.mark.parametrize(
    ("neck", "name", "keys"),
    [
        (MCCFormersS, "mccformers_s", mccformers_s.KEYS),
        (MCCFormersD, "mccformers_d", mccformers_d.KEYS),
    ],
)
def test_logits_equal_those_of_the_authors_code(neck, name, keys):
    head = ClassicCaptionHead(16, VOCABULARY, num_layers=2, num_heads=4, dropout=0.5)
    built = neck(in_channels=(6,), dims=8, grid_size=4)
    assert_same_network(read_reference(name), keys, built, head)


def test_published_sizes_are_theirs():
    """Their counts with 468 words; nothing of theirs is unused."""
    vocabulary = vocabulary_of(468)
    with torch.device("meta"):
        parts = (
            MCCFormersS(in_channels=(1024,)),
            MCCFormersD(in_channels=(1024,)),
            ClassicCaptionHead(1024, vocabulary, num_layers=2, num_heads=4, dropout=0.5),
        )
    counts = [sum(p.numel() for p in part.parameters()) for part in parts]
    assert counts == [6_838_784, 6_837_760, 34_552_276]
