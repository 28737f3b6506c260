"""Learning rate schedules."""

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope


def rates(groups, steps=10):
    """Rates of each group at each step of a cycle of the optimiser's rate, 1e-3."""
    optimizer = OptimWrapper(torch.optim.AdamW(groups, lr=1e-3))
    cfg = {"type": "OneCycleLR", "eta_max": 1e-3, "total_steps": 1, "convert_to_iter_based": True}
    with DefaultScope.overwrite_default_scope("mmrsicc"):
        schedule = PARAM_SCHEDULERS.build(
            cfg, default_args={"optimizer": optimizer, "epoch_length": steps}
        )
    seen = []
    for _ in range(steps - 1):
        seen.append([group["lr"] for group in optimizer.param_groups])
        optimizer.optimizer.step()
        schedule.step()
    return torch.tensor(seen, dtype=torch.float64)


def parameter():
    return torch.nn.Parameter(torch.zeros(2))


def test_a_slower_group_stays_slower_over_the_whole_cycle():
    own, slow, *_ = rates([{"params": parameter()}, {"params": parameter(), "lr": 1e-4}]).T
    assert torch.allclose(slow, own / 10)
    assert own[0] == pytest.approx(1e-3 / 25)
    assert own.max() == pytest.approx(1e-3)


def test_a_rate_scaled_to_the_batch_size_stays_scaled():
    scaled = rates([{"params": parameter(), "lr": 4e-3}])
    assert torch.allclose(scaled, 4 * rates([{"params": parameter()}]))
