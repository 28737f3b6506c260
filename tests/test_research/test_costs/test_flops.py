"""FLOPs against sums worked by hand, and of each kind of layer that captioners have."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mmrsicc.models import ChangeCaptioner
from mmrsicc.models.parameters import count_parameters
from mmrsicc.registry import MODELS
from mmrsicc.research.costs.flops import count_flops, counter

X = torch.randn(1, 5, 16)
Q, K = torch.randn(1, 2, 5, 8), torch.randn(1, 2, 7, 8)
# Four projections of 5 tokens, then every token with every token, twice.
ATTENTION = 2 * (4 * 5 * 16 * 16 + 2 * 5 * 5 * 16)

LAYERS = {
    "lstm": (lambda: nn.LSTM(16, 8, batch_first=True).eval()(X), 2 * 5 * 4 * 8 * (16 + 8)),
    "lstm cell": (lambda: nn.LSTMCell(16, 8)(X[:, 0]), 2 * 4 * 8 * (16 + 8)),
    "gru": (lambda: nn.GRU(16, 8, batch_first=True).eval()(X), 2 * 5 * 3 * 8 * (16 + 8)),
    "attention": (lambda: F.scaled_dot_product_attention(Q, K, K), 2 * 2 * 2 * 5 * 7 * 8),
    "multi-head": (
        lambda: nn.MultiheadAttention(16, 2, batch_first=True).eval()(X, X, X, need_weights=False),
        ATTENTION,
    ),
    "encoder layer": (
        lambda: nn.TransformerEncoderLayer(16, 2, 32, batch_first=True).eval()(X),
        ATTENTION + 2 * 2 * 5 * 16 * 32,
    ),
    "convolution": (
        lambda: nn.Conv2d(3, 4, 3, padding=1)(torch.randn(1, 3, 8, 8)),
        2 * 8 * 8 * 4 * 3 * 9,
    ),
    "depthwise": (
        lambda: nn.Conv2d(4, 4, 3, padding=1, groups=4)(torch.randn(1, 4, 8, 8)),
        2 * 8 * 8 * 4 * 9,
    ),
}


@pytest.mark.parametrize("kind", LAYERS)
@torch.no_grad()
def test_layers_take_what_their_equations_say(kind):
    run, flops = LAYERS[kind]
    with counter() as counted:
        run()
    assert counted.get_total_flops() == flops


@MODELS.register_module()
class StridedConvolution(nn.Module):
    """A backbone of one 4 x 4 convolution with stride 4."""

    def __init__(self, channels):
        super().__init__()
        self.convolution = nn.Conv2d(3, channels, 4, stride=4)

    def forward(self, images):
        return (self.convolution(images),)


@pytest.fixture
def captioner():
    words = ["<pad>", "<unk>", "<start>", "<end>", *"abcdef"]
    return ChangeCaptioner(
        encoder={
            "backbone": {"type": "StridedConvolution", "channels": 8},
            "neck": {"type": "SubtractionNeck", "out_channels": 16, "grid_size": 2},
        },
        speaker={
            "head": {"type": "TransformerCaptionHead", "dims": 16, "num_heads": 2, "ffn_dims": 32},
            "tokenizer": {"type": "Vocabulary", "words": words},
        },
    )


def test_a_captioner_by_part(captioner):
    # 16 x 8 pixels: maps of 4 x 2, pooled to 4 tokens.
    found = count_flops(captioner, 16, 8, length=3)
    assert found["backbone"] == 2 * (2 * 8 * 8 * 3 * 4 * 4)
    assert found["neck"] == 2 * 8 * 8 * 16
    memory = 2 * 2 * 4 * 16 * 16  # Keys and values of the tokens, once.
    each = 4 * 16 * 16 + 2 * 16 * 16 + 2 * 4 * 16 + 2 * 16 * 32 + 16 * 10
    # Self-attention over 1, 2 and 3 words.
    assert found["head"] == memory + 2 * (3 * each + 2 * (1 + 2 + 3) * 16)
    assert found.keys() == {"backbone", "neck", "head"}
    # The model is as before.
    assert all(parameter.requires_grad for parameter in captioner.parameters())


def test_parameters_by_part_and_frozen_ones_apart(captioner):
    captioner.encoder.backbone.requires_grad_(False)
    found = count_parameters(captioner)
    assert found["backbone"] == {"total": 8 * 3 * 16 + 8, "trainable": 0}
    assert sum(part["total"] for part in found.values()) == sum(
        parameter.numel() for parameter in captioner.parameters()
    )
    head = captioner.speaker.head
    head.classifier.weight = head.embedding.weight
    tied = count_parameters(captioner)["head"]["total"]
    assert found["head"]["total"] - tied == 10 * 16


def test_a_change_detector_counts_by_itself(captioner):
    detector = {
        "type": "SiameseChangeDetector",
        "backbone": {"type": "StridedConvolution", "channels": 4},
        "source_dataset": None,
        "channels": 6,
        "size_divisor": 1,
    }
    captioner.encoder.transfer_to = "mask"
    captioner.encoder.change_detector = MODELS.build(detector).requires_grad_(False).eval()
    found = count_flops(captioner, 16, 8, length=1)
    # Both dates' maps, a 1 x 1 convolution to 6 channels, one to 6 and one to 2.
    assert found["change_detector"] == 2 * 8 * (2 * 4 * 48 + 4 * 6 + 6 * 6 + 6 * 2)
    assert count_parameters(captioner)["change_detector"]["trainable"] == 0


def test_a_mask_head_and_stems_are_no_change_detector():
    captioner = ChangeCaptioner(
        encoder={
            "statistics": {
                "before": {"mean": [0.0] * 2, "std": [1.0] * 2},
                "after": {"mean": [0.0] * 5, "std": [1.0] * 5},
            },
            "stems": [{"type": "BandStem"}, {"type": "BandStem"}],
            "backbone": {"type": "StridedConvolution", "channels": 8},
            "neck": {"type": "JFM", "channels": 32, "out_channels": 16, "grid_size": 2},
            "mask_head": {"type": "MaskHead", "channels": 32},
        },
        speaker={
            "head": {"type": "TransformerCaptionHead", "dims": 16, "num_heads": 2, "ffn_dims": 32},
            "tokenizer": {
                "type": "Vocabulary",
                "words": ["<pad>", "<unk>", "<start>", "<end>", "a"],
            },
        },
    )
    found = count_flops(captioner, 16, 8, length=1)
    assert found.keys() == {"backbone", "neck", "mask_head", "stems", "head"}
    assert found["stems"] == 2 * 16 * 8 * 3 * (2 + 5)
    with counter() as counted:
        captioner.encoder.mask_head((torch.zeros(1, 32, 4, 2),), (16, 8))
    assert found["mask_head"] == counted.get_total_flops() > 0
