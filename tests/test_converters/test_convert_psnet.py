"""PSNet as its authors' code computes it: same weights, same features, same logits."""

import torch
from test_converters.same_network import (
    VOCABULARY,
    assert_same_network,
    read_reference,
    vocabulary_of,
)

from mmrsicc.converters.psnet import KEYS, PARTS
from mmrsicc.models.heads import ClassicCaptionHead
from mmrsicc.models.necks import PSNet

HEAD = {"num_layers": 3, "memory_levels": 3, "num_heads": 8, "dropout": 0.5}


def test_logits_equal_those_of_the_authors_code():
    neck = PSNet(in_channels=(768,), dims=16, grid_size=3)
    head = ClassicCaptionHead(neck.out_channels, VOCABULARY, **HEAD)
    assert_same_network(read_reference("psnet"), KEYS, neck, head)


def test_published_size_is_theirs_without_what_they_never_use():
    """Their counts with 468 words; the README says what is unused."""
    vocabulary = vocabulary_of(468)
    with torch.device("meta"):
        neck = PSNet(in_channels=(768,))
        head = ClassicCaptionHead(neck.out_channels, vocabulary, **HEAD)
    assert sum(p.numel() for p in neck.parameters()) == 168_252_416 - 103_292_416
    assert sum(p.numel() for p in head.parameters()) == 167_910_868 - 116_561_920


def test_the_backbone_is_renamed_and_its_classifier_left_out():
    assert set(PARTS.values()) == {"encoder_image", "encoder_feat", "decoder"}
    state = {
        "encoder_image.net.class_token": torch.zeros(1, 1, 4),
        "encoder_image.net.encoder.layers.encoder_layer_11.mlp.linear_2.bias": torch.zeros(4),
        "encoder_image.net.heads.head.bias": torch.zeros(1000),
    }
    converted = KEYS.convert(state, "a checkpoint")
    assert list(converted.state_dict) == [
        "encoder.backbone.cls_token",
        "encoder.backbone.layers.11.ffn.layers.1.bias",
    ]
    assert list(converted.unused) == ["encoder_image.net.heads.head.bias"]
