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
    assert [m.shape for m in out.scales] == [(3, 32, 16, 16), (3, 32, 8, 8)]
    assert out.gates == () and make_neck().scale_channels == (32, 32)


def test_the_gate_starts_almost_closed_and_lets_the_detector_in():
    neck = make_neck(change_channels=(5, 6))
    before, after = pyramid(0), pyramid(1)
    # The detector's maps may have another size.
    change = [
        ChangeFeatures(pyramid(s, (5, 6), (8, 4)), pyramid(s + 1, (5, 6), (8, 4))) for s in (2, 4)
    ]
    one, other = (neck(before, after, c) for c in change)
    assert len(one.gates) == 2
    for gate in one.gates:
        assert 0.05 < gate.mean() < 0.25
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


@pytest.mark.parametrize(
    "option",
    [
        {"difference": {"type": "SimpleDifference", "operation": "abs"}},
        {"difference": {"type": "CrossAttentionDifference", "num_heads": 4}},
        {"fusion": {"type": "GatedMeanFusion"}},
        {"fusion": {"type": "TopDownFusion"}, "difference": {"type": "MCIDifference"}},
        {"temporal": {"type": "TemporalTraversingSSM", "state_size": 2}},
    ],
    ids=str,
)
def test_options_are_config_lines(option):
    neck = make_neck(change_channels=(5, 6), **option)
    for part, config in option.items():
        modules = {"difference": neck.differences, "temporal": neck.temporal}
        built = modules.get(part, [neck.cross_scale])
        assert {type(m).__name__ for m in built} == {config["type"]}
    change = ChangeFeatures(pyramid(2, (5, 6)), pyramid(3, (5, 6)))
    out = neck(pyramid(0), pyramid(1), change)
    assert out.tokens.shape == (3, 16, 48)
    (out.tokens.square().mean() + (out.pooled * torch.randn(48)).sum()).backward()
    assert [n for n, p in neck.named_parameters() if p.grad is None] == []


def test_scale_weights_and_gates_are_maps():
    neck = make_neck(change_channels=(5, 6))
    seen, opened = [], []
    for transfer in neck.transfers:
        transfer.register_forward_hook(lambda module, args, out: opened.append(out[1]))
    neck.cross_scale.register_forward_hook(lambda module, args, out: seen.append(out[1]))
    change = ChangeFeatures(pyramid(2, (5, 6), (8, 4)), pyramid(3, (5, 6), (8, 4)))
    out = neck(pyramid(0), pyramid(1), change)
    weights = out.scale_weights
    assert weights.shape == (3, 2, 4, 4) and not weights.requires_grad
    torch.testing.assert_close(weights.sum(1), torch.ones(3, 4, 4))
    torch.testing.assert_close(weights[:, :, 1, 2], seen[0][:, :, 6])
    assert [gate.shape for gate in out.gates] == [(3, 1, 16, 16), (3, 1, 8, 8)]
    assert not any(gate.requires_grad for gate in out.gates)
    for k, gate in enumerate(out.gates):
        torch.testing.assert_close(gate, opened[k].mean(1, keepdim=True))
    topdown = make_neck(fusion={"type": "TopDownFusion"})(pyramid(0), pyramid(1))
    assert topdown.scale_weights is None and topdown.gates == ()


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
