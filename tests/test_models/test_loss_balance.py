"""Policies of loss balance on two quadratic terms, whose gradients are known."""

import copy
import math

import pytest
import torch
from torch import nn

from mmrsicc.models.losses.balance import CapBalance, NormBalance


def cap():
    return CapBalance(interval=2)


class Quadratic(nn.Module):
    """Caption term 3 |x - a|^2 / 2 and auxiliary term 12 |x - b|^2 / 2."""

    def __init__(self, start=(3.0, 4.0)):
        super().__init__()
        self.encoder = nn.ModuleDict(
            {"neck": nn.ParameterList([nn.Parameter(torch.tensor(start))])}
        )
        self.register_buffer("a", torch.tensor([0.0, 0.0]))
        self.register_buffer("b", torch.tensor([3.0, 1.0]))

    def terms(self, caption=1.0, auxiliary=1.0):
        (x,) = self.encoder["neck"]
        return {
            "loss_caption": caption * 3 * (x - self.a).square().sum() / 2,
            "loss_tgcl": auxiliary * 12 * (x - self.b).square().sum() / 2,
        }


def factors(policy, model, **weights):
    _, diagnostics = policy(model.terms(**weights), model)
    return [diagnostics["balance_caption"].item(), diagnostics["balance_tgcl"].item()]


def test_the_cap_holds_the_auxiliary_gradient_at_rho():
    model = Quadratic()  # |g_caption| = 3 * 5, |g_tgcl| = 12 * 3
    terms, _ = CapBalance(rho=0.5)(model.terms(), model)
    (gradient,) = torch.autograd.grad(terms["loss_tgcl"], list(model.parameters()))
    assert gradient.norm().item() == pytest.approx(0.5 * 15, rel=1e-5)
    torch.testing.assert_close(terms["loss_caption"], model.terms()["loss_caption"])


def test_the_cap_leaves_a_weak_term_alone():
    model = Quadratic()
    assert factors(CapBalance(rho=2.5), model) == [1, 1]  # 36 / 15 = 2.4


def test_the_cap_averages_over_measurements():
    model, policy = Quadratic(), CapBalance(rho=0.5, momentum=0.9, interval=2)
    assert factors(policy, model)[1] == pytest.approx(0.5 * 15 / 36)
    assert factors(policy, model, auxiliary=2.0)[1] == pytest.approx(0.5 * 15 / 36)  # not its turn
    average = 0.9 * 36 + 0.1 * 72
    assert factors(policy, model, auxiliary=2.0)[1] == pytest.approx(0.5 * 15 / average)


def test_a_term_that_sits_out_does_not_sway_the_cap():
    model, policy = Quadratic(), CapBalance(rho=0.5, interval=1)
    assert factors(policy, model, auxiliary=0.0) == [1, 1]
    assert factors(policy, model)[1] == pytest.approx(0.5 * 15 / 36)
    assert factors(policy, model, auxiliary=0.0)[1] == pytest.approx(0.5 * 15 / 36)


def test_without_a_captions_gradient_nothing_is_capped():
    model = Quadratic()
    assert factors(CapBalance(), model, caption=0.0) == [1, 1]


def test_a_gradient_that_overflows_does_not_sway_the_cap():
    model, policy = Quadratic(), CapBalance(rho=0.5, interval=1)
    before = factors(policy, model)
    assert factors(policy, model, auxiliary=math.inf) == before


def test_norm_makes_every_term_one():
    model = Quadratic()  # caption 37.5, auxiliary 54
    terms, diagnostics = NormBalance()(model.terms(), model)
    assert [value.item() for value in terms.values()] == [1, 1]
    assert diagnostics["balance_tgcl"].item() == pytest.approx(1 / 54)
    (gradient,) = torch.autograd.grad(terms["loss_caption"], list(model.parameters()))
    torch.testing.assert_close(gradient, torch.tensor([9.0, 12.0]) / 37.5)


def test_norm_survives_a_term_of_zero():
    terms, _ = NormBalance()(Quadratic().terms(auxiliary=0.0), Quadratic())
    assert terms["loss_tgcl"].item() == 0


def descend(model, policy, steps):
    """Trains on; returns the factors of each step."""
    optimizer = torch.optim.SGD([*model.parameters(), *policy.parameters()], lr=0.01)
    seen = []
    for _ in range(steps):
        optimizer.zero_grad()
        terms, diagnostics = policy(model.terms(), model)
        sum(terms.values()).backward()
        optimizer.step()
        seen.append([value.item() for value in diagnostics.values()])
    return seen


def test_a_resumed_run_goes_on_identically():
    model, policy = Quadratic(), cap()
    descend(model, policy, 5)
    resumed = cap()
    resumed.load_state_dict(copy.deepcopy(policy.state_dict()))
    same = copy.deepcopy(model)
    assert descend(same, resumed, 5) == descend(model, policy, 5)
    assert torch.equal(*same.parameters(), *model.parameters())
    fresh = Quadratic()
    fresh.load_state_dict(model.state_dict())
    other = cap()
    assert descend(fresh, other, 5) != descend(model, policy, 5)


def test_evaluation_leaves_the_state_alone():
    policy, model = cap().eval(), Quadratic()
    before = copy.deepcopy(policy.state_dict())
    with torch.no_grad():
        policy(model.terms(), model)
    for key, value in policy.state_dict().items():
        assert torch.equal(value, before[key]), key


@pytest.mark.parametrize("make", [cap, NormBalance])
def test_diagnostics_are_not_summed_as_losses(make):
    _, diagnostics = make()(Quadratic().terms(), Quadratic())
    assert set(diagnostics) == {"balance_caption", "balance_tgcl"}


def test_other_terms_are_refused():
    with pytest.raises(ValueError, match=r"the loss has \['loss_caption'\]: set terms"):
        cap()({"loss_caption": torch.ones(())}, nn.Module())


def test_a_cap_needs_the_captions():
    with pytest.raises(ValueError, match="add it to terms"):
        CapBalance(terms=("loss_tgcl",))


def test_steps_go_on_from_a_checkpoint():
    first, second = cap(), cap()
    for _ in range(3):
        first.steps.advance()
    second.load_state_dict(first.state_dict())
    assert second.steps.number == second.steps.count.item() == 3
