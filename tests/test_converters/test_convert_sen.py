"""SEN as its authors' code computes it: same weights, same images, same logits."""

import torch
from test_converters.formula import inputs
from test_converters.same_network import (
    VOCABULARY,
    assert_same_network,
    count,
    dates,
    read_reference,
    vocabulary_of,
)

from mmrsicc.converters.sen import KEYS
from mmrsicc.models.heads import ClassicCaptionHead
from mmrsicc.models.necks import SEN


def test_logits_equal_those_of_the_authors_code():
    """From the joint feature and each date's pixels on; one part as compiled modules name it."""
    reference = read_reference("sen")
    joint = inputs("joint", 2, 10, 2, 3)
    before, after = (torch.cat([joint, pixels], dim=1) for pixels in dates(reference))
    neck = SEN(in_channels=(13,), dims=32, num_heads=4)
    head = ClassicCaptionHead(32, VOCABULARY, num_heads=4)
    assert_same_network(reference, KEYS, neck, head, (before, after))


def test_published_size_is_theirs_without_what_they_never_use():
    """Their counts with 501 words; the README says what is unused."""
    vocabulary = vocabulary_of(501)
    with torch.device("meta"):
        neck = SEN(in_channels=(2051,))
        head = ClassicCaptionHead(neck.out_channels, vocabulary)
    assert count(neck.project) == 1_049_088
    assert count(neck) - count(neck.project) == 10_582_016
    assert count(head) == 4_744_181 - 26_624


def test_the_backbone_is_renamed_compiled_or_not():
    names = ("encoder_image.0.layer1.0.conv1.weight", "encoder_image._orig_mod.0.bn1.bias")
    state = {name: torch.zeros(1) for name in names}
    assert list(KEYS.convert(state, "a checkpoint").state_dict) == [
        "encoder.backbone.backbone.layer1.0.conv1.weight",
        "encoder.backbone.backbone.bn1.bias",
    ]
