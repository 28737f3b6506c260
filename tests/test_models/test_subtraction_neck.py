import torch
from torch import nn

from mmrsicc.models.necks import SubtractionNeck


def test_tokens_are_the_projected_difference_of_the_last_scale():
    torch.manual_seed(0)
    neck = SubtractionNeck(in_channels=(4, 3), out_channels=5, grid_size=2)
    before = (torch.randn(2, 4, 8, 8), torch.randn(2, 3, 4, 4))
    after = (torch.randn(2, 4, 8, 8), torch.randn(2, 3, 4, 4))
    out = neck(before, after)
    # The token at row 0, column 1 of the grid: the mean over rows 0 to 1, columns 2 to 3.
    mean = (after[1] - before[1])[:, :, 0:2, 2:4].mean((2, 3))
    expected = mean @ neck.project.weight[:, :, 0, 0].T + neck.project.bias + neck.position[1]
    torch.testing.assert_close(out.tokens[:, 1], expected)
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))
    assert out.tokens.shape == (2, 4, 5) and neck.out_channels == 5
    assert [m.shape for m in out.scales] == [(2, 5, 4, 4)] and neck.scale_channels == (5,)


def test_other_scales_are_ignored():
    neck = SubtractionNeck(in_channels=(4, 3), out_channels=5)
    last = (torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4))
    tokens = [
        neck((torch.randn(2, 4, 8, 8), last[0]), (torch.randn(2, 4, 8, 8), last[1])).tokens
        for _ in range(2)
    ]
    torch.testing.assert_close(*tokens)
    assert sum(isinstance(m, nn.Conv2d) for m in neck.modules()) == 1


def test_every_parameter_learns():
    neck = SubtractionNeck(in_channels=(3,), out_channels=5, grid_size=2)
    out = neck((torch.randn(2, 3, 4, 4),), (torch.randn(2, 3, 4, 4),))
    (out.tokens.square().mean() + out.pooled.sum()).backward()
    assert all(p.grad is not None and p.grad.any() for p in neck.parameters())
