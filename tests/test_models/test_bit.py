"""Facts of BIT (Chen et al. 2021) and its authors' code."""

from pathlib import Path

import torch
from mmengine import Config

from mmrsicc.models.change_detectors import BIT
from mmrsicc.models.layers.transformer import TokenLayer
from mmrsicc.registry import MODELS

CONFIG = Path(__file__).parents[2] / "configs" / "change_detection" / "bit_resnet18_sysu.py"


def published():
    return MODELS.build(Config.fromfile(CONFIG).model)


def test_it_has_as_many_parameters_as_the_authors():
    # Theirs, without the stage and the classifier of ResNet-18 that they carry but do not use.
    assert sum(p.numel() for p in published().parameters()) == 3495778


def test_maps_have_the_published_strides():
    features = published().eval().extract(*torch.rand(2, 1, 3, 64, 64))
    assert [m.shape[1:] for m in features.before] == [
        (32, 16, 16),
        (64, 16, 16),
        (128, 8, 8),
        (256, 8, 8),
    ]


def test_the_layer_by_hand():
    torch.manual_seed(0)
    layer = TokenLayer(dims=6, num_heads=2, head_dim=4).double()
    x, memory = torch.randn(1, 3, 6).double(), torch.randn(1, 5, 6).double()
    normed, remembered = layer.norm(x)[0], layer.norm(memory)[0]
    q = normed @ layer.query.weight.T
    k, v = (remembered @ layer.key_value.weight.T).split(8, dim=1)
    heads = [
        (q[:, s] @ k[:, s].T / 6**0.5).softmax(1) @ v[:, s] for s in (slice(0, 4), slice(4, 8))
    ]
    attended = x[0] + layer.output(torch.cat(heads, dim=1))
    torch.testing.assert_close(layer(x, memory)[0], attended + layer.ffn(attended))


def test_without_positions_the_order_of_dates_does_not_matter():
    torch.manual_seed(0)
    backbone = {
        "type": "mmpretrain.ResNet",
        "depth": 18,
        "stem_channels": 8,
        "base_channels": 8,
        "num_stages": 3,
        "strides": (1, 2, 1),
        "dilations": (1, 1, 1),
        "out_indices": (0, 1, 2),
    }
    detector = BIT(backbone, "test", depth=1).eval()
    before, after = torch.randn(2, 1, 3, 32, 32)
    orders = ((before, after), (after, before))
    there, back = (detector.detect(*dates).logits for dates in orders)
    assert not torch.allclose(there, back)
    torch.nn.init.zeros_(detector.position)
    there, back = (detector.detect(*dates).logits for dates in orders)
    torch.testing.assert_close(there, back)


def test_tokens_are_weighted_means_of_places():
    torch.manual_seed(0)
    detector = BIT({"type": "MixTransformer", "channels": (8, 8, 8, 8)}, "test", depth=1)
    torch.nn.init.zeros_(detector.tokenize.weight)
    maps = torch.randn(2, 32, 5, 6)
    tokens = detector._tokens(maps)
    torch.testing.assert_close(tokens, maps.mean((2, 3)).unsqueeze(1).expand(-1, 4, -1))
