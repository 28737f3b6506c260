import pytest
import torch
from torch.autograd import gradcheck

from mmrsicc.models.layers import selective_scan as module
from mmrsicc.models.layers.selective_scan import selective_scan
from mmrsicc.models.layers.state_space import BidirectionalSSM, SelectiveSSM

B, E, S = 2, 3, 4


def draw(length, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def randn(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    return [
        t.to(dtype)
        for t in (
            randn(B, E, length),
            randn(B, E, length).exp() * 0.1,
            -randn(E, S).exp(),
            randn(B, S, length),
            randn(B, S, length),
            randn(E),
        )
    ]


def recurrence(x, delta, a, b, c, skip):
    """The definition, one number at a time."""
    y = torch.zeros_like(x)
    for n in range(x.shape[0]):
        for e in range(x.shape[1]):
            state = [0.0] * a.shape[1]
            for t in range(x.shape[2]):
                step = delta[n, e, t]
                for s in range(a.shape[1]):
                    state[s] = (step * a[e, s]).exp() * state[s] + step * b[n, s, t] * x[n, e, t]
                    y[n, e, t] += c[n, s, t] * state[s]
                y[n, e, t] += skip[e] * x[n, e, t]
    return y


@pytest.mark.parametrize("length", [1, module.CHUNK, 2 * module.CHUNK + 5])
def test_it_is_the_recurrence_over_chunks_too(length):
    arguments = draw(length)
    torch.testing.assert_close(selective_scan(*arguments), recurrence(*arguments))


def test_constant_input_has_a_known_answer():
    # With a = -1, delta = 1 and inputs of 1: h_t = 1 + h_(t-1) / e, a geometric series.
    one = torch.ones(1, 1, 200, dtype=torch.float64)
    y = selective_scan(one, one, -one[0, :, :1], one, one, torch.zeros(1, dtype=torch.float64))
    ratio = torch.exp(-one[0, 0, 0])
    powers = torch.arange(1, 201, dtype=torch.float64)
    torch.testing.assert_close(y[0, 0], (1 - ratio**powers) / (1 - ratio))


def test_gradients(monkeypatch):
    # Chunks of 2 positions, so that the gradient crosses their borders.
    monkeypatch.setattr(module, "CHUNK", 2)
    assert gradcheck(selective_scan, [t.requires_grad_() for t in draw(5)])


def test_without_gradients_it_is_the_same():
    arguments = [t.requires_grad_() for t in draw(21)]
    with torch.no_grad():
        plain = selective_scan(*arguments)
    torch.testing.assert_close(selective_scan(*arguments), plain, atol=0, rtol=0)


@pytest.mark.parametrize("scale", [1e-6, 1e3])
def test_long_sequences_and_extreme_steps_stay_finite(scale):
    arguments = draw(5000, torch.float32)
    arguments[1] *= scale
    arguments = [t.requires_grad_() for t in arguments]
    y = selective_scan(*arguments)
    y.sum().backward()
    assert y.isfinite().all() and all(t.grad.isfinite().all() for t in arguments)


def test_half_precision_is_summed_in_full():
    halves = draw(300, torch.bfloat16)
    y = selective_scan(*halves)
    assert y.dtype == torch.bfloat16
    expected = selective_scan(*(t.float() for t in halves))
    torch.testing.assert_close(y, expected.to(torch.bfloat16), atol=0, rtol=0)


def test_a_position_sees_only_what_came_before():
    torch.manual_seed(0)
    x = torch.randn(1, 9, 6)
    changed = x.clone()
    changed[:, 4] += 1
    one_way, both_ways = SelectiveSSM(6, 4), BidirectionalSSM(6, 4)
    moved = (one_way(x) - one_way(changed)).abs().sum(2)[0] > 0
    assert moved.tolist() == [False] * 4 + [True] * 5
    assert ((both_ways(x) - both_ways(changed)).abs().sum(2) > 0).all()


def test_step_sizes_start_in_mambas_range():
    steps = torch.nn.functional.softplus(SelectiveSSM(512, 4).step.bias)
    assert 0.9e-3 < steps.min() < 1.5e-3 and 0.07 < steps.max() < 0.101


@torch.no_grad()
def test_one_position_after_the_other_is_the_scan():
    torch.manual_seed(0)
    ssm, x = SelectiveSSM(6, 4, rank=2), torch.randn(2, 9, 6)
    state, said = torch.zeros(2, 6, 4), []
    for place in x.unbind(1):
        y, state = ssm.advance(place, state)
        said.append(y)
    torch.testing.assert_close(torch.stack(said, dim=1), ssm(x))


def test_only_the_states_before_each_chunk_are_kept():
    x, delta, a, b, c, _ = draw(5 * module.CHUNK)
    _, starts = module._outputs(*(t.permute(2, 0, 1).contiguous() for t in (x, delta, b, c)), a)
    assert len(starts) == 5
    assert all(start.untyped_storage().nbytes() == start.nbytes for start in starts)
