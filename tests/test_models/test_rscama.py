"""RSCaMa's neck by what its parts see; against the authors' code: tests/test_converters."""

import pytest
import torch
import torch.nn.functional as F

from mmrsicc.models.layers.state_space import SelectiveSSM
from mmrsicc.models.necks import RSCaMa
from mmrsicc.models.necks.rscama import ScanBlock


def make(**options):
    torch.manual_seed(1)
    return RSCaMa(in_channels=(3, 16), num_layers=2, max_grid_size=4, **options).eval()


def maps():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(2, 16, 3, 4, generator=generator) for _ in range(2))


def calls_of(modules):
    """A list that gets arguments and output of each call of the modules."""
    seen = []
    for module in modules:
        module.register_forward_hook(lambda _, arguments, output: seen.append((*arguments, output)))
    return seen


@torch.no_grad()
def test_tokens_are_those_of_the_last_map():
    neck = make()
    first, second = maps()
    out = neck((torch.randn(2, 3, 6, 8), first), (torch.randn(2, 3, 6, 8), second))
    again = neck((torch.randn(2, 3, 6, 8), first), (torch.randn(2, 3, 6, 8), second))
    assert out.tokens.shape == (2, 12, 16) and neck.out_channels == 16
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))
    assert torch.equal(out.tokens, again.tokens)


@torch.no_grad()
def test_both_dates_are_guided_by_what_differed_before_either_changed():
    neck = make()
    before, after = calls_of(neck.before_blocks), calls_of(neck.after_blocks)
    neck(*((m,) for m in maps()))
    assert len(before) == len(after) == 2
    for (first, guide, _), (second, same, _) in zip(before, after, strict=True):
        assert torch.equal(guide, second - first) and torch.equal(same, guide)


@torch.no_grad()
def test_the_places_of_both_dates_are_scanned_in_turn():
    neck = make()
    neck.shortcut.fill_(0.3)
    first, second = calls_of([neck.before_blocks[0]]), calls_of([neck.after_blocks[0]])
    both, later = calls_of([neck.both_blocks[0]]), calls_of([neck.before_blocks[1]])
    neck(*((m,) for m in maps()))
    a, b = neck.norm(first[0][-1]), neck.norm(second[0][-1])
    in_turn, scanned = both[0]
    assert torch.equal(in_turn[:, 0::2], a) and torch.equal(in_turn[:, 1::2], b)
    torch.testing.assert_close(later[0][0], neck.norm(scanned[:, 0::2]) + 0.3 * a)


@torch.no_grad()
def test_a_block_scans_what_is_convolved_there_and_back():
    torch.manual_seed(0)
    block = ScanBlock(16, 4).eval()
    x, guide = torch.randn(2, 5, 16), torch.randn(2, 5, 16)
    entered = F.pad(block.enter(block.norm(x)), (0, 0, 2, 0))
    kernel = block.convolution.weight[:, 0]
    places = [(entered[:, t : t + 3] * kernel.T).sum(1) for t in range(5)]
    convolved = F.silu(torch.stack(places, dim=1) + block.convolution.bias)
    scanned = block.scans.ahead(convolved) + block.scans.back(convolved.flip(1)).flip(1)
    for told, gate in ((guide, guide), (None, block.norm(x))):
        y = x + block.leave(scanned * F.silu(block.gate(gate)))
        expected = y * (y.square().mean(2, keepdim=True) + 1e-5).rsqrt() * block.last_norm.weight
        torch.testing.assert_close(block(x, told), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("xavier_rates", [True, False])
def test_decay_rates_start_as_released_or_as_mambas(xavier_rates):
    scans = [m for m in make(xavier_rates=xavier_rates).modules() if isinstance(m, SelectiveSSM)]
    assert len(scans) == 12
    for scan in scans:
        rates, steps = scan.log_rates.exp(), F.softplus(scan.step.bias)
        if xavier_rates:
            assert (rates - 1).abs().max() < 0.6 and not scan.step.bias.any()
        else:
            torch.testing.assert_close(rates[0], torch.arange(1.0, 17.0))
            assert steps.min() > 1e-4 and steps.max() < 0.11


def test_larger_maps_are_refused():
    image = torch.zeros(1, 16, 6, 4)
    with pytest.raises(ValueError, match=r"6 x 4 places, .* 4 x 4: set max_grid_size=6"):
        make()((image,), (image,))
