"""Two processes must weigh the terms as one process does that has the whole batch."""

import pytest
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from two_processes import run_in_two_processes

from mmrsicc.registry import MODELS
from mmrsicc.utils import gather_with_gradient

pytestmark = pytest.mark.slow

POLICIES = {
    "cap": {"type": "CapBalance", "interval": 1},
    "norm": {"type": "NormBalance"},
}


class Model(nn.Module):
    """Two terms over a shared neck; the forward pass weighs them, as the captioner's does."""

    def __init__(self, policy):
        super().__init__()
        torch.manual_seed(0)
        self.encoder = nn.ModuleDict({"neck": nn.Linear(4, 4)})
        self.balance = MODELS.build(policy)

    def forward(self, x):
        y = self.encoder["neck"](x)
        whole = gather_with_gradient(y)  # as TGCL does
        spread = (whole - whole.mean(0)).square().mean()
        terms = {"loss_caption": (y - x).square().mean(), "loss_tgcl": 3 * spread}
        return self.balance(terms, self)


def train(model, x):
    """Four steps; the factors of each, and the weights at the end."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    factors = []
    for batch in x:
        optimizer.zero_grad()
        terms, diagnostics = model(batch)
        sum(terms.values()).backward()
        optimizer.step()
        factors.append(torch.stack(list(diagnostics.values())))
    return torch.stack(factors), [p.detach() for p in model.parameters()]


def batches():
    return torch.randn(4, 6, 4, generator=torch.Generator().manual_seed(1))


def run_half(rank, folder):
    half = batches()[:, 3 * rank : 3 * rank + 3]
    # MMEngine's runner does not broadcast buffers either.
    results = {
        name: train(DistributedDataParallel(Model(policy), broadcast_buffers=False), half)
        for name, policy in POLICIES.items()
    }
    torch.save(results, f"{folder}/{rank}.pth")


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    run_in_two_processes(run_half, folder)
    return [torch.load(folder / f"{rank}.pth", weights_only=True) for rank in range(2)]


@pytest.mark.parametrize("name", POLICIES)
def test_two_processes_weigh_as_one(halves, name):
    factors, weights = train(Model(POLICIES[name]), batches())
    assert not torch.equal(factors[-1], torch.ones(2))
    assert torch.equal(halves[0][name][0], halves[1][name][0])
    torch.testing.assert_close(halves[0][name][0], factors, rtol=1e-4, atol=1e-5)
    for got, expected in zip(halves[0][name][1], weights, strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)
