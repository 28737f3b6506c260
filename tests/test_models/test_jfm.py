import pytest
import torch

from mmrsicc.models.necks import JFM
from mmrsicc.structures import ChangeFeatures


def pyramid(seed, channels=(8, 16), sizes=(16, 8), batch=3):
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(batch, c, s, s, generator=generator)
        for c, s in zip(channels, sizes, strict=True)
    )


def make_neck(**kwargs):
    torch.manual_seed(0)
    options = {"channels": 32, "out_channels": 48, "grid_size": 4, "num_heads": 4, **kwargs}
    return JFM(in_channels=(8, 16), **options).eval()


def test_shapes():
    out = make_neck()(pyramid(0), pyramid(1))
    assert out.tokens.shape == (3, 16, 48) and out.pooled.shape == (3, 48)
    assert [m.shape for m in out.maps.values()] == [(3, 32, 16, 16), (3, 32, 8, 8)]
    assert out.statistics == {}


def test_the_gate_starts_almost_closed_and_lets_the_detector_in():
    neck = make_neck(change_channels=(5, 6))
    before, after = pyramid(0), pyramid(1)
    # The detector's maps may have another size.
    change = [
        ChangeFeatures(pyramid(s, (5, 6), (8, 4)), pyramid(s + 1, (5, 6), (8, 4))) for s in (2, 4)
    ]
    one, other = (neck(before, after, c) for c in change)
    for gate in one.statistics.values():
        assert 0.05 < gate < 0.25
    assert not torch.allclose(one.tokens, other.tokens, atol=1e-4)
    for transfer in neck.transfers:
        torch.nn.init.constant_(transfer.gate.bias, -1e4)
    one, other = (neck(before, after, c) for c in change)
    torch.testing.assert_close(one.tokens, other.tokens)


def test_every_parameter_learns():
    neck = make_neck(change_channels=(5, 6)).train()
    change = ChangeFeatures(pyramid(2, (5, 6)), pyramid(3, (5, 6)))
    out = neck(pyramid(0), pyramid(1), change)
    (out.tokens.square().mean() + (out.pooled * torch.randn(48)).sum()).backward()
    assert [n for n, p in neck.named_parameters() if p.grad is None] == []


def test_cross_scale_weights_are_a_mean():
    neck = make_neck()
    fusion = neck.cross_scale
    torch.nn.init.zeros_(fusion.attention.out_proj.weight)
    torch.nn.init.zeros_(fusion.attention.out_proj.bias)
    same = torch.randn(2, 1, 16, 32).expand(-1, 3, -1, -1)
    torch.testing.assert_close(fusion(same), same[:, 0], atol=1e-5, rtol=1e-5)


def test_mismatched_detectors_are_refused():
    with pytest.raises(ValueError, match="3 scales, the backbone 2"):
        make_neck(change_channels=(5, 6, 7))
    with pytest.raises(ValueError, match="needs `change`"):
        make_neck(change_channels=(5, 6))(pyramid(0), pyramid(1))


def test_sizes_that_do_not_fit_are_named():
    for wrong in ({"channels": 48}, {"out_channels": 50}):
        with pytest.raises(ValueError, match=r"channels=\d+"):
            make_neck(**wrong)
    with pytest.raises(ValueError, match="built for 2 maps of each date, got 1"):
        make_neck()(pyramid(0)[:1], pyramid(1)[:1])
