"""Learning rate schedules beyond MMEngine's."""

from __future__ import annotations

from typing import Any

from mmengine import optim

from mmrsicc.registry import PARAM_SCHEDULERS


@PARAM_SCHEDULERS.register_module()
class OneCycleLR(optim.OneCycleLR):
    """One-cycle learning rate whose peak keeps what a group's rate is of the optimiser's.

    MMEngine's has one peak for all groups, whatever ``lr_mult`` and ``--auto-scale-lr`` made of
    their rates.

    Args:
        optimizer: The optimiser's wrapper.
        eta_max: Peak of groups with the optimiser's own rate.
        **kwargs: Arguments of MMEngine's.
    """

    def __init__(self, optimizer: Any, *, eta_max: float, **kwargs: Any) -> None:
        rate = optimizer.defaults["lr"]
        peaks = [eta_max * group["lr"] / rate for group in optimizer.param_groups]
        super().__init__(optimizer, eta_max=peaks, **kwargs)
