"""Where the terms meet, and what is measured there."""

import pytest
import torch
from torch import nn

from mmrsicc.models.losses.gradients import gradient_products, shared_parameters
from mmrsicc.registry import MODELS


class Model(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.encoder = nn.ModuleDict({"backbone": backbone, "neck": nn.Linear(2, 2)})
        self.speaker = nn.ModuleDict({"head": nn.Linear(2, 2)})


def stages(model, patterns=None):
    """Modules of the backbone, and other parts, to which the shared parameters belong."""
    chosen = {id(p) for p in shared_parameters(model, patterns)}
    names = [name for name, p in model.named_parameters() if id(p) in chosen]
    assert len(names) == len(chosen)
    return names


@pytest.mark.parametrize(
    ("config", "last"),
    [
        ({"type": "mmpretrain.ResNet", "depth": 18}, ["encoder.backbone.layer4."]),
        ({"type": "mmpretrain.SwinTransformer", "arch": "tiny"}, ["encoder.backbone.stages.3."]),
        (
            {"type": "mmpretrain.ConvNeXt", "arch": "atto"},
            ["encoder.backbone.stages.3.", "encoder.backbone.downsample_layers.3."],
        ),
        (
            {"type": "mmpretrain.VisionTransformer", "arch": "deit-tiny"},
            ["encoder.backbone.layers.11."],
        ),
        (
            {
                "type": "mmseg.MixVisionTransformer",
                "embed_dims": 4,
                "num_layers": [1, 1, 1, 1],
                "num_heads": [1, 1, 1, 1],
            },
            ["encoder.backbone.layers.3."],
        ),
    ],
)
def test_neck_and_last_stage_of_any_backbone(config, last):
    model = Model(MODELS.build(config))
    expected = [
        name for name, _ in model.named_parameters() if name.startswith(("encoder.neck.", *last))
    ]
    assert stages(model) == expected
    assert {name.split(".")[1] for name in expected} == {"neck", "backbone"}
    model.encoder["backbone"].requires_grad_(False)
    assert stages(model) == ["encoder.neck.weight", "encoder.neck.bias"]


def test_patterns_choose():
    model = Model(nn.Sequential(nn.Linear(2, 2)))
    assert stages(model, ["^speaker.head", "backbone.*bias"]) == [
        "encoder.backbone.0.bias",
        "speaker.head.weight",
        "speaker.head.bias",
    ]


def test_what_cannot_be_chosen_is_named():
    model = Model(nn.Sequential(nn.Linear(2, 2)))
    with pytest.raises(ValueError, match=r"named like '\^nekc'.*encoder\.neck\.weight"):
        shared_parameters(model, ["neck", "^nekc"])
    with pytest.raises(ValueError, match=r"last stage .*'encoder\.backbone\.0\.weight': set"):
        shared_parameters(model)


def test_products_by_hand():
    x, y = nn.Parameter(torch.tensor([1.0, 2.0])), nn.Parameter(torch.tensor([3.0]))
    terms = [x.square().sum() / 2, (x[0] - y).sum(), y.detach().sum()]
    products = gradient_products(terms, [x, y])  # gradients (1, 2, 0), (1, 0, -1), none
    assert products.tolist() == [[5, 1, 0], [1, 2, 0], [0, 0, 0]]
    assert x.grad is None and y.grad is None
    terms[0].backward()  # the graph is still there
    assert x.grad.tolist() == [1, 2]


def test_faint_gradients_survive_half_precision():
    x = nn.Parameter(torch.ones(4))
    term = x.half().float().sum() * 2e-8  # below half precision's smallest number
    assert torch.autograd.grad(term, x, retain_graph=True)[0].sum() == 0
    assert gradient_products([term], [x]).item() ** 0.5 == pytest.approx(4e-8, rel=1e-2)


def test_mixed_precision_gives_about_the_same():
    torch.manual_seed(0)
    layer, x = nn.Linear(64, 64), torch.randn(8, 64)

    def products():
        y = layer(x)
        return gradient_products([y.float().square().mean(), y.float().mean()], [layer.weight])

    whole = products()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = products()
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, whole, rtol=0.02, atol=0.02 * whole.abs().max().item())
