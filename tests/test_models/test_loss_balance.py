"""Loss balance on two quadratic terms, whose gradients are known."""

import pytest
import torch
from torch import nn
from two_processes import run_in_two_processes

from mmrsicc.models.losses.balance import NormBalance


class Quadratic(nn.Module):
    """Caption term 3 |x - a|^2 / 2 and auxiliary term 12 |x - b|^2 / 2."""

    def __init__(self, start=(3.0, 4.0)):
        super().__init__()
        self.x = nn.Parameter(torch.tensor(start))

    def terms(self, auxiliary=1.0):
        a, b = torch.tensor([0.0, 0.0]), torch.tensor([3.0, 1.0])
        return {
            "loss_caption": 3 * (self.x - a).square().sum() / 2,
            "loss_tgcl": auxiliary * 12 * (self.x - b).square().sum() / 2,
        }


def test_norm_makes_every_term_one():
    model = Quadratic()  # caption 37.5, auxiliary 54
    terms, diagnostics = NormBalance()(model.terms())
    assert [value.item() for value in terms.values()] == [1, 1]
    # MMEngine would sum names with "loss" in them.
    assert set(diagnostics) == {"balance_caption", "balance_tgcl"}
    assert diagnostics["balance_tgcl"].item() == pytest.approx(1 / 54)
    (gradient,) = torch.autograd.grad(terms["loss_caption"], [model.x])
    torch.testing.assert_close(gradient, torch.tensor([9.0, 12.0]) / 37.5)


def test_norm_survives_a_term_of_zero():
    terms, _ = NormBalance()(Quadratic().terms(auxiliary=0.0))
    assert terms["loss_tgcl"].item() == 0


def test_norm_keeps_the_sign_of_a_term_below_zero():
    """As an entropy that is to grow."""
    terms, _ = NormBalance()({"loss_caption": torch.tensor(2.0), "loss_spread": torch.tensor(-0.5)})
    assert [value.item() for value in terms.values()] == [1, -1]


def test_norm_leaves_rewards_as_they_are():
    """Their value crosses 0 while their gradient does not."""
    terms, _ = NormBalance()({"loss_caption": torch.tensor(2.0), "loss_reward": torch.tensor(-0.5)})
    assert [value.item() for value in terms.values()] == [1, -0.5]


def weigh(rank, folder):
    model = Quadratic((3.0, 4.0 * rank))
    torch.save(NormBalance()(model.terms())[1], f"{folder}/{rank}.pth")


@pytest.mark.slow
def test_two_processes_weigh_by_the_mean_of_their_terms(tmp_path):
    run_in_two_processes(weigh, tmp_path)
    halves = [torch.load(tmp_path / f"{rank}.pth", weights_only=True) for rank in range(2)]
    assert halves[0] == halves[1]
    # Captions 13.5 and 37.5; auxiliary 6 and 54.
    assert halves[0]["balance_caption"].item() == pytest.approx(1 / 25.5)
    assert halves[0]["balance_tgcl"].item() == pytest.approx(1 / 30)
