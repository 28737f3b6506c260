"""Measures gradient norms and directions of the loss terms."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor, nn

from mmrsicc.registry import HOOKS
from mmrsicc.utils import unwrap

#: Ratio of gradient norms above which an auxiliary term dominates, and below which it idles.
DOMINANCE, IDLE = 1.0, 0.01

#: Key of the running averages in MMEngine's message hub, and so in checkpoints.
_RECORDS = "loss_balance"
_MOMENTUM = 0.9


@HOOKS.register_module()
class LossBalanceHook(Hook):
    """Logs norms and directions of the loss terms' gradients on shared parameters.

    At every ``interval``-th iteration it logs, of the terms as they are added up (scheduled,
    weighted, balanced):

    - ``balance/norm_*``: norm of the term's gradient on the shared parameters;
    - ``balance/share_*``: that norm over the sum of all;
    - ``balance/rho_*``: an auxiliary term's norm over that of the captions' term;
    - ``balance/cosine_*``: cosine between an auxiliary term's gradient and the captions';
    - ``balance/conflict_*``: share of measurements so far, in percent, with a negative cosine.

    It warns once per run where an auxiliary term dominates or idles. The figures go straight to
    the run's visualizer, at the iteration they are of: from the message hub, MMEngine would log
    them again at every log line until the next measurement. Training itself is the same, bit for
    bit, with and without the hook.

    Args:
        interval: Iterations from one measurement to the next, each a backward pass through the
            shared parameters per term.
        shared: Regular expressions of parameter names, see
            :func:`~mmrsicc.models.losses.gradients.shared_parameters`; by default the neck
            and the last stage of the backbone.
        patience: Measurements in a row that must say so before the hook warns.

    Raises:
        ValueError: If interval or patience is less than 1; in training, if the loss has no
            captions' term, or nothing is named so.
    """

    def __init__(
        self,
        interval: int = 50,
        shared: Sequence[str] | None = None,
        patience: int = 20,
    ) -> None:
        if interval < 1 or patience < 1:
            raise ValueError(
                f"LossBalanceHook: interval={interval}, patience={patience}: give 1 or more"
            )
        self.interval = interval
        self.shared = shared
        self.patience = patience
        self._seen: tuple[list[str], Tensor] | None = None
        self._shared: list[nn.Parameter] = []

    def before_train(self, runner: Runner) -> None:
        """Finds the shared parameters."""
        from mmrsicc.models.losses.gradients import shared_parameters

        self._shared = shared_parameters(unwrap(runner.model), self.shared)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Makes the captioner keep its loss terms of the next step, if it is measured."""
        if self.every_n_train_iters(runner, self.interval):
            unwrap(runner.model).loss_observer = self._observe

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Logs what was measured, and warns."""
        unwrap(runner.model).loss_observer = None
        if self._seen is None:
            return
        names, products = self._seen
        self._seen = None
        figures = balance_figures(names, products)
        records = runner.message_hub.get_info(_RECORDS, {})
        for name in names[1:]:
            # Without a gradient, a schedule holds the term at 0: it does not idle by itself.
            if figures.get(f"rho_{name}"):
                record = records.setdefault(name, dict(_NEW_RECORD))
                self._follow(record, figures[f"rho_{name}"], figures.get(f"cosine_{name}"))
                self._warn(runner, record, name)
                if record["cosines"]:
                    conflicts = 100 * record["conflicts"] / record["cosines"]
                    figures[f"conflict_{name}"] = conflicts
        runner.message_hub.update_info(_RECORDS, records)
        runner.visualizer.add_scalars(
            {f"balance/{key}": value for key, value in figures.items()}, step=runner.iter + 1
        )

    def _observe(self, terms: Mapping[str, Tensor]) -> None:
        # Imported here, so that the bounds above can be used without the models.
        from mmrsicc.models.losses.balance import CAPTION, short_name
        from mmrsicc.models.losses.gradients import gradient_products

        if CAPTION not in terms:
            raise ValueError(
                f"LossBalanceHook measures against the term {CAPTION!r}, which is not among "
                f"{sorted(terms)}: name the head's loss so, or take the hook out of custom_hooks"
            )
        names = sorted(terms, key=lambda name: name != CAPTION)
        # A phase of the training may freeze all of them.
        parameters = [parameter for parameter in self._shared if parameter.requires_grad]
        if not parameters:
            return
        products = gradient_products([terms[name] for name in names], parameters)
        self._seen = ([short_name(name) for name in names], products.cpu())

    def _follow(self, record: dict[str, float], rho: float, cosine: float | None) -> None:
        """Adds a measurement to what is known of a term so far."""
        known = record["rho"] >= 0
        record["rho"] = _MOMENTUM * record["rho"] + (1 - _MOMENTUM) * rho if known else rho
        if cosine is not None:
            record["cosines"] += 1
            record["conflicts"] += cosine < 0
        for state, holds in {
            "dominates": record["rho"] > DOMINANCE,
            "idles": record["rho"] < IDLE,
        }.items():
            # A count beyond the patience stays there, so that there is a single warning.
            holds = holds or record[state] >= self.patience
            record[state] = record[state] + 1 if holds else 0

    def _warn(self, runner: Runner, record: Mapping[str, float], name: str) -> None:
        for state, advice in _ADVICE.items():
            if record[state] == self.patience:
                runner.logger.warning(
                    f"Loss balance: {name} {state}. On the shared parameters its gradient is "
                    f"{record['rho']:.2g} times the captions' (running average); {advice}"
                )


_NEW_RECORD = {"rho": -1.0, "cosines": 0, "conflicts": 0, "dominates": 0, "idles": 0}
_ADVICE = {
    "dominates": "lower its weight",
    "idles": "no gain can come from it there, unless its weight is raised",
}


def balance_figures(names: Sequence[str], products: Tensor) -> dict[str, float]:
    """Norms, shares, ratios and cosines, where they are defined.

    Args:
        names: Names of the K terms, the captions' first.
        products: (K, K) scalar products of their gradients. A term that overflows in half
            precision is left out.

    Returns:
        ``norm_*`` and ``share_*`` of each term; ``rho_*`` and ``cosine_*`` of each but the first.
    """
    every = zip(names, products.diagonal().sqrt().tolist(), strict=True)
    norms = {name: norm for name, norm in every if isfinite(norm)}
    figures = {f"norm_{name}": norm for name, norm in norms.items()}
    if total := sum(norms.values()):
        figures |= {f"share_{name}": norm / total for name, norm in norms.items()}
    if caption := norms.pop(names[0], 0.0):
        for name, norm in norms.items():
            figures[f"rho_{name}"] = norm / caption
            if norm:
                product = products[0, names.index(name)].item()
                figures[f"cosine_{name}"] = product / (caption * norm)
    return figures
