import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmrsicc.models.build import build_part
from mmrsicc.models.layers.fusions import CrossScaleFusion, GatedMeanFusion, TopDownFusion

ALL = (CrossScaleFusion, GatedMeanFusion, TopDownFusion)
K, C, SIDE = 3, 32, 4


def make(fusion):
    torch.manual_seed(0)
    maps = [torch.randn(2, C, size, size) for size in (16, 8, 2)]
    config = {"type": fusion.__name__}
    return build_part(config, num_scales=K, channels=C, num_heads=4), maps


def embeddings(scale=1.0):
    return torch.randn(K, 1, C) * scale, torch.randn(SIDE**2, C) * scale


@pytest.mark.parametrize("fusion", ALL)
def test_tokens_on_the_grid_from_all_scales(fusion):
    fuse, maps = make(fusion)
    maps = [m.requires_grad_() for m in maps]
    tokens, weights = fuse(maps, *embeddings())
    assert tokens.shape == (2, SIDE**2, C)
    if weights is not None:
        assert weights.shape == (2, K, SIDE**2)
        torch.testing.assert_close(weights.sum(1), torch.ones(2, SIDE**2))
    tokens.square().sum().backward()
    assert all(m.grad.any() for m in maps)
    assert all(p.grad is not None for p in fuse.parameters())


@pytest.mark.parametrize("fusion", ALL)
def test_a_place_of_the_images_is_the_same_place_of_the_grid(fusion):
    fuse, maps = make(fusion)
    for conv in (m for m in fuse.modules() if isinstance(m, nn.Conv2d)):
        # Only symmetric kernels make transposed tokens of transposed maps.
        conv.weight.data = conv.weight.data + conv.weight.data.mT
    marks = embeddings(0)
    tokens, moved = (fuse(m, *marks)[0] for m in (maps, [m.mT for m in maps]))
    torch.testing.assert_close(
        moved.unflatten(1, (SIDE, SIDE)),
        tokens.unflatten(1, (SIDE, SIDE)).transpose(1, 2),
        atol=1e-5,
        rtol=1e-4,
    )


def test_cross_scale_weights_are_a_mean():
    fuse, _ = make(CrossScaleFusion)
    nn.init.zeros_(fuse.attention.out_proj.weight)
    nn.init.zeros_(fuse.attention.out_proj.bias)
    same = torch.randn(2, C, SIDE, SIDE)
    places = torch.randn(SIDE**2, C)
    tokens, _ = fuse([same] * K, torch.zeros(K, 1, C), places)
    torch.testing.assert_close(tokens, same.flatten(2).mT + places, atol=1e-5, rtol=1e-5)


def test_cross_scale_scores_choose_a_scale():
    fuse, maps = make(CrossScaleFusion)
    nn.init.zeros_(fuse.attention.out_proj.weight)
    nn.init.zeros_(fuse.attention.out_proj.bias)
    fuse.score.weight.data[:] = 100.0
    scales = torch.zeros(K, 1, C)
    scales[1] = 10.0  # The second scale's score is by far the highest.
    tokens, weights = fuse(maps, scales, torch.zeros(SIDE**2, C))
    torch.testing.assert_close(weights[:, 1], torch.ones(2, SIDE**2))
    torch.testing.assert_close(tokens, F.avg_pool2d(maps[1], 2).flatten(2).mT + 10)


def test_gated_mean_by_hand():
    fuse, maps = make(GatedMeanFusion)
    scales, places = embeddings()
    tokens, weights = fuse(maps, scales, places)
    gates = torch.stack(
        [
            fuse.gate(m.flatten(2).mean(2) + s[0]).sigmoid()
            for m, s in zip(maps, scales, strict=True)
        ]
    )
    x = [
        F.adaptive_avg_pool2d(m, SIDE).flatten(2).mT + s for m, s in zip(maps, scales, strict=True)
    ]
    weighted = sum(g.unsqueeze(1) * t for g, t in zip(gates, x, strict=True))
    expected = weighted / gates.sum(0).unsqueeze(1) + places
    torch.testing.assert_close(tokens, expected)
    torch.testing.assert_close(weights[:, 2, 5], (gates[2] / gates.sum(0)).squeeze(1))


def test_top_down_without_smoothing_is_a_sum():
    fuse, maps = make(TopDownFusion)
    fuse.smooth = nn.ModuleList(nn.Identity() for _ in fuse.smooth)
    constant = [
        torch.full_like(m, value) for m, value in zip(maps, (1.0, 20.0, 300.0), strict=True)
    ]
    scales, places = embeddings()
    tokens, weights = fuse(constant, scales, places)
    torch.testing.assert_close(tokens, (321.0 + scales[0] + places).expand(2, -1, -1))
    assert weights is None
