"""Facts of VMamba (Liu et al. 2024) and its authors' code."""

import pytest
import torch
import torch.nn.functional as F

from mmrsicc.models import VMamba
from mmrsicc.models.layers.selective_scan import selective_scan
from mmrsicc.models.layers.visual_state_space import SS2D

SMALL = {"channels": 8, "depths": (1, 1, 1, 1)}


def make_backbone(**options):
    torch.manual_seed(0)
    return VMamba(**{**SMALL, **options}).eval()


def test_the_tiny_one_has_as_many_parameters_as_the_authors():
    # Theirs: 30,249,064 with the classifier, a norm and a linear layer over 768 channels.
    backbone = VMamba()
    own = sum(p.numel() for n, p in backbone.named_parameters() if "outnorm" not in n)
    assert own == 30249064 - (2 * 768 + 769 * 1000)


def test_maps_of_the_wanted_stages():
    image = torch.randn(2, 3, 40, 56)
    maps = make_backbone()(image)
    assert [m.shape[1:] for m in maps] == [(8, 10, 14), (16, 5, 7), (32, 3, 4), (64, 2, 2)]
    (last,) = make_backbone(out_indices=(3,))(image)
    torch.testing.assert_close(last, maps[3])
    # The output norms leave no mean over the channels.
    torch.testing.assert_close(maps[0].mean(1), torch.zeros(2, 10, 14), atol=1e-5, rtol=0)


def test_the_scan_goes_four_ways_each_with_its_own_weights():
    torch.manual_seed(0)
    layer = SS2D(6, ratio=2.0).double()
    torch.nn.init.normal_(layer.A_logs)
    torch.nn.init.normal_(layer.Ds)
    x = torch.randn(2, 12, 3, 4).double()
    height, width = 3, 4
    rows = [(i, j) for i in range(height) for j in range(width)]
    columns = [(i, j) for j in range(width) for i in range(height)]
    expected = torch.zeros_like(x)
    for way, places in enumerate((rows, columns, rows[::-1], columns[::-1])):
        sequence = torch.stack([x[:, :, i, j] for i, j in places], dim=2)
        own = slice(12 * way, 12 * way + 12)
        selected = layer.x_proj_weight[way] @ sequence
        step, enter, leave = selected.split([layer.rank, 1, 1], dim=1)
        step = F.softplus(layer.dt_projs_weight[way] @ step + layer.dt_projs_bias[way][:, None])
        rates = -layer.A_logs[own].exp()
        y = selective_scan(sequence, step, rates, enter, leave, layer.Ds[own])
        for t, (i, j) in enumerate(places):
            expected[:, :, i, j] += y[:, :, t]
    torch.testing.assert_close(layer._scan(x), expected)


def test_step_sizes_start_in_mambas_range():
    steps = F.softplus(SS2D(256, ratio=2.0).dt_projs_bias)
    assert 0.9e-3 < steps.min() < 1.5e-3 and 0.07 < steps.max() < 0.101


def published(backbone, **extra):
    """A checkpoint as the authors save it: a classifier, no output norms."""
    weights = {k: v + 1 for k, v in backbone.state_dict().items() if not k.startswith("outnorm")}
    weights |= {"classifier.norm.weight": torch.ones(64), "classifier.head.bias": torch.ones(9)}
    return {"model": weights | extra}


def test_published_weights_are_loaded_whole(tmp_path):
    path = str(tmp_path / "vssm.pth")
    other = make_backbone()
    torch.save(published(other), path)
    backbone = make_backbone(init_cfg={"type": "Pretrained", "checkpoint": path})
    backbone.init_weights()
    for key, value in backbone.state_dict().items():
        expected = other.state_dict()[key] + (0 if key.startswith("outnorm") else 1)
        assert torch.equal(value, expected)


@pytest.mark.parametrize(
    ("depths", "fault"),
    [((1, 1, 2, 1), "missing layers.2.blocks.1.norm.weight"), ((1, 1, 1), "left over layers.2")],
)
def test_weights_of_another_depth_are_refused(tmp_path, depths, fault):
    path = str(tmp_path / "vssm.pth")
    torch.save(published(make_backbone()), path)
    init_cfg = {"type": "Pretrained", "checkpoint": path}
    options = {"depths": depths, "out_indices": (0, 1), "init_cfg": init_cfg}
    with pytest.raises(ValueError, match=fault):
        make_backbone(**options).init_weights()


class Foreign:
    """Something that reading weights alone must not make."""


def test_a_file_with_more_than_weights_is_refused_with_advice(tmp_path):
    path = str(tmp_path / "vssm.pth")
    torch.save(published(make_backbone()) | {"config": Foreign()}, path)
    backbone = make_backbone(init_cfg={"type": "Pretrained", "checkpoint": path})
    with pytest.raises(ValueError, match="save its state dict again"):
        backbone.init_weights()
