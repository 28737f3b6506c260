from dataclasses import replace

import pytest
import torch

from mmrsicc.models.layers import DetectorPrior
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
    ],
    ids=str,
)
def test_options_are_config_lines(option):
    neck = make_neck(change_channels=(5, 6), **option)
    for part, config in option.items():
        built = neck.differences if part == "difference" else [neck.cross_scale]
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


PRIOR = {
    "change_channels": (5, 6),
    "detected_channels": (7, 9),
    "prior": {"type": "DetectorPrior"},
}


def make_change(seed=2, logits=True):
    """What a detector found; the difference maps have a size of their own."""
    found = torch.randn(3, 2, 32, 32, generator=torch.Generator().manual_seed(seed)) * 3
    return ChangeFeatures(
        pyramid(seed, (5, 6)),
        pyramid(seed + 1, (5, 6)),
        pyramid(seed + 2, (7, 9), (8, 4)),
        found if logits else None,
    )


def trained(neck):
    """The neck with a prior that has learned something."""
    generator = torch.Generator().manual_seed(9)
    for parameter in neck.prior.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    return neck


def test_a_prior_begins_as_none_and_reads_difference_maps_and_mask():
    change = make_change()
    plain = make_neck(change_channels=(5, 6))
    neck = make_neck(**PRIOR)
    own = {k: v for k, v in neck.state_dict().items() if not k.startswith("prior.")}
    plain.load_state_dict(own)
    expected = plain(pyramid(0), pyramid(1), change)
    found = neck(pyramid(0), pyramid(1), change)
    assert torch.equal(found.tokens, expected.tokens)
    assert torch.equal(found.scales[0], expected.scales[0])
    found = trained(neck)(pyramid(0), pyramid(1), change)
    for other in (
        replace(change, difference=pyramid(7, (7, 9), (8, 4))),
        replace(change, logits=-change.logits),
    ):
        changed = neck(pyramid(0), pyramid(1), other)
        assert not torch.allclose(found.tokens, changed.tokens, atol=1e-3)
        # The mask is read by the tokens alone, the difference maps by all.
        assert torch.equal(found.scales[0], changed.scales[0]) is (
            other.logits is not change.logits
        )


def test_a_detector_that_finds_nothing_adds_nothing():
    nothing = replace(
        make_change(),
        difference=tuple(m * 0 for m in make_change().difference),
        logits=torch.tensor([60.0, -60.0]).view(1, 2, 1, 1).expand(3, 2, 32, 32),
    )
    neck = trained(make_neck(**PRIOR))
    found = neck(pyramid(0), pyramid(1), nothing)
    silent = neck(pyramid(0), pyramid(1), replace(nothing, logits=None))
    neck.prior = None
    expected = neck(pyramid(0), pyramid(1), nothing)
    torch.testing.assert_close(found.tokens, expected.tokens)
    torch.testing.assert_close(silent.tokens, expected.tokens)


def test_marks_are_the_mean_chance_of_a_change_in_each_cell_by_hand():
    prior = DetectorPrior((7,), 4)
    prior.mark.data = torch.tensor([1.0, 2.0, 0.0, -1.0])
    logits = torch.zeros(1, 2, 4, 4)
    logits[0, 1, :2, 2:] = torch.tensor(3.0).log()  # A chance of 3/4 in the upper right cell.
    marks = prior.marks(logits, torch.zeros(1, 4, 4))
    chances = torch.tensor([0.5, 0.75, 0.5, 0.5])
    torch.testing.assert_close(marks[0], chances[:, None] * prior.mark)
    # Classes of change count together: all but the first.
    classes = prior.marks(torch.zeros(1, 4, 4, 4), torch.zeros(1, 4, 4))
    torch.testing.assert_close(classes[0], 0.75 * prior.mark.expand(4, 4))


def test_every_parameter_of_a_prior_learns_also_without_logits():
    for logits in (True, False):
        neck = make_neck(**PRIOR).train()
        out = neck(pyramid(0), pyramid(1), make_change(logits=logits))
        (out.tokens.square().mean() + (out.pooled * torch.randn(48)).sum()).backward()
        assert [n for n, p in neck.named_parameters() if p.grad is None] == []
        assert all(p.grad.any() for p in neck.prior.projections.parameters())
        assert bool(neck.prior.mark.grad.any()) is logits


def test_detector_dropout_encodes_pairs_as_if_there_were_no_detector():
    neck = trained(make_neck(**PRIOR, dropout=0.0, detector_dropout=0.5))
    alone = make_neck()
    alone.load_state_dict({k: v for k, v in neck.state_dict().items() if k in alone.state_dict()})
    before, after, change = pyramid(0), pyramid(1), make_change()
    without, heeded = alone(before, after), neck(before, after, change)
    assert torch.equal(neck(before, after, change).tokens, heeded.tokens)
    neck.train()
    seen = set()
    for seed in range(8):
        torch.manual_seed(seed)
        out = neck(before, after, change)
        dropped = []
        for b in range(3):
            expected = without if torch.equal(out.tokens[b], without.tokens[b]) else heeded
            torch.testing.assert_close(out.tokens[b], expected.tokens[b])
            torch.testing.assert_close(out.scales[0][b], expected.scales[0][b])
            dropped.append(expected is without)
        seen.add(tuple(dropped))
    assert len(seen) > 3, "each pair is drawn by itself"
    neck.detector_dropout = 1.0
    out = neck(before, after, change)
    torch.testing.assert_close(out.tokens, without.tokens)
    out.tokens.sum().backward()  # No parameter may lack a gradient, of several processes.
    assert not any(p.grad is None or p.grad.any() for p in neck.prior.parameters())


def test_a_prior_without_a_detector_is_refused():
    with pytest.raises(ValueError, match="there is none: set change_detector"):
        make_neck(prior={"type": "DetectorPrior"})
