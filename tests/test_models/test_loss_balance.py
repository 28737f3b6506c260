"""Policies of loss balance on two quadratic terms, whose gradients are known."""

import copy
import math

import pytest
import torch
from torch import nn

from mmrsicc.models.losses.balance import (
    CapBalance,
    DWABalance,
    GradNormBalance,
    NormBalance,
    UncertaintyBalance,
)
from mmrsicc.registry import MODELS

STATEFUL = [
    lambda: CapBalance(interval=2),
    lambda: DWABalance(window=2),
    lambda: GradNormBalance(interval=2),
    UncertaintyBalance,
]


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


def test_dwa_by_hand():
    policy = DWABalance(window=2, temperature=2.0)
    caption = [4.0, 2.0, 1.0, 2.0, 1.0]  # windows of mean 3, then 1.5
    auxiliary = [1.0, 1.0, 0.5, 1.0, 1.0]  # 1, then 0.75
    seen = []
    for values in zip(caption, auxiliary, strict=True):
        names = ("loss_caption", "loss_tgcl")
        terms = dict(zip(names, map(torch.tensor, values), strict=True))
        seen.append([d.item() for d in policy(terms, nn.Module())[1].values()])
    assert seen[:4] == [[1, 1]] * 4
    slow, fast = math.exp(0.75 / 2), math.exp(0.5 / 2)
    assert seen[4] == pytest.approx([2 * fast / (slow + fast), 2 * slow / (slow + fast)])


def test_dwa_waits_for_a_term_that_sat_out():
    policy, model = DWABalance(window=1), Quadratic()
    for weight in (0.0, 0.0, 1.0, 1.0):
        assert factors(policy, model, auxiliary=weight) == [1, 1]


def test_gradnorm_steps_down_its_own_objective():
    """One step against autograd on the objective as the paper states it."""
    model, policy = Quadratic(), GradNormBalance(alpha=0.7, lr=0.1, interval=1)
    policy.logits.copy_(torch.tensor([0.3, -0.2]))
    policy.first.copy_(torch.tensor([60.0, 70.0]))
    logits = policy.logits.clone().requires_grad_()
    norms = 2 * logits.softmax(0) * torch.tensor([15.0, 36.0])
    rates = torch.tensor([37.5 / 60, 54 / 70])
    mean = norms.mean().detach()
    target = mean * (rates / rates.mean()) ** 0.7
    ((norms - target).abs().sum() / mean).backward()
    policy(model.terms(), model)
    torch.testing.assert_close(policy.logits, torch.tensor([0.3, -0.2]) - 0.1 * logits.grad)


def test_gradnorm_with_alpha_zero_makes_the_norms_equal():
    model, policy = Quadratic(), GradNormBalance(alpha=0.0, lr=0.01, interval=1)
    for _ in range(200):
        weights = factors(policy, model)
    assert sum(weights) == pytest.approx(2, rel=1e-5)
    assert weights == pytest.approx([2 * 36 / 51, 2 * 15 / 51], abs=0.02)


def test_gradnorm_starts_when_all_terms_take_part():
    model, policy = Quadratic(), GradNormBalance(interval=1)
    assert factors(policy, model, auxiliary=0.0) == [1, 1]
    factors(policy, model)
    assert policy.first.tolist() == pytest.approx([37.5, 54])


def test_uncertainty_finds_its_optimum():
    model, policy = Quadratic(), UncertaintyBalance()
    optimizer = torch.optim.SGD(policy.parameters(), lr=0.2)
    for _ in range(300):
        optimizer.zero_grad()
        terms, diagnostics = policy(model.terms(), model)
        sum(terms.values()).backward()
        optimizer.step()
    optimum = [math.log(37.5), math.log(54)]
    assert policy.log_variances.tolist() == pytest.approx(optimum, abs=1e-3)
    assert diagnostics["balance_tgcl"].item() == pytest.approx(1 / 54, rel=1e-3)
    assert terms["loss_tgcl"].item() == pytest.approx(1 + math.log(54), rel=1e-3)


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


@pytest.mark.parametrize("make", STATEFUL)
def test_a_resumed_run_goes_on_identically(make):
    model, policy = Quadratic(), make()
    descend(model, policy, 5)
    resumed = make()
    resumed.load_state_dict(copy.deepcopy(policy.state_dict()))
    same = copy.deepcopy(model)
    assert descend(same, resumed, 5) == descend(model, policy, 5)
    assert torch.equal(*same.parameters(), *model.parameters())
    fresh = Quadratic()
    fresh.load_state_dict(model.state_dict())
    other = make()
    assert descend(fresh, other, 5) != descend(model, policy, 5)


@pytest.mark.parametrize("make", STATEFUL)
def test_evaluation_leaves_the_state_alone(make):
    policy, model = make().eval(), Quadratic()
    before = copy.deepcopy(policy.state_dict())
    with torch.no_grad():
        policy(model.terms(), model)
    for key, value in policy.state_dict().items():
        assert torch.equal(value, before[key]), key


@pytest.mark.parametrize("make", [*STATEFUL, NormBalance])
def test_diagnostics_are_not_summed_as_losses(make):
    _, diagnostics = make()(Quadratic().terms(), Quadratic())
    assert set(diagnostics) == {"balance_caption", "balance_tgcl"}


@pytest.mark.parametrize("make", STATEFUL)
def test_other_terms_are_refused(make):
    with pytest.raises(ValueError, match=r"the loss has \['loss_caption'\]: set terms"):
        make()({"loss_caption": torch.ones(())}, nn.Module())


def test_a_cap_needs_the_captions():
    with pytest.raises(ValueError, match="add it to terms"):
        CapBalance(terms=("loss_tgcl",))


@pytest.mark.parametrize("kind", ["CapBalance", "DWABalance", "GradNormBalance"])
def test_steps_go_on_from_a_checkpoint(kind):
    first, second = (MODELS.build({"type": kind}) for _ in range(2))
    for _ in range(3):
        first.steps.advance()
    second.load_state_dict(first.state_dict())
    assert second.steps.number == second.steps.count.item() == 3
