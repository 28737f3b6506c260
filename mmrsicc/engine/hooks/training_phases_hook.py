"""Trains some parts of a captioner for a while, then others."""

from collections.abc import Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from mmrsicc.engine.hooks.epochs import check_epochs
from mmrsicc.registry import HOOKS
from mmrsicc.utils import unwrap


@HOOKS.register_module()
class TrainingPhasesHook(Hook):
    """Joint training first, then one task after the other over a frozen rest.

    So Change-Agent's MCI is trained (Liu et al., IEEE TGRS 2024): both tasks together, then what
    serves captioning alone, then what serves the mask alone. The frozen parts are in eval mode,
    so their statistics stand still as well.

    In several processes, set ``find_unused_parameters = True`` in the config: else
    DistributedDataParallel waits for gradients of the frozen parts.

    Args:
        phases: In their order, each a dict with

            - ``begin``: the epoch with which it begins, from 0; until the first one begins,
              everything is trained;
            - ``losses``: names of the terms that count ("caption", "mask", "flag" or those
              of ``losses``); the others are multiplied by 0;
            - ``trained``: names of the parts that go on learning, such as "speaker"
              or "encoder.neck.spatial"; all others are frozen.

    Raises:
        ValueError: If phases are not in order or lack a key; in training, if the model has no such
            part or term, or the loop counts no epochs.
    """

    def __init__(self, phases: Sequence[dict[str, Any]]) -> None:
        for phase in phases:
            if lacking := {"begin", "losses", "trained"} - phase.keys():
                raise ValueError(
                    f"TrainingPhasesHook: the phase {phase} lacks {', '.join(sorted(lacking))}"
                )
        begins = [phase["begin"] for phase in phases]
        if begins != sorted(set(begins)):
            raise ValueError(f"TrainingPhasesHook: phases must begin one after the other: {begins}")
        self.phases = phases
        self._learning: set[str] = set()
        self._current: dict[str, Any] | None = None

    def before_train(self, runner: Runner) -> None:
        """Records the trainable parameters, and checks the names."""
        check_epochs(runner, "TrainingPhasesHook")
        model = unwrap(runner.model)
        self._learning = {name for name, p in model.named_parameters() if p.requires_grad}
        terms = _terms(model)
        for phase in self.phases:
            for part in phase["trained"]:
                if not any(_belongs(name, [part]) for name in self._learning):
                    raise ValueError(
                        f"TrainingPhasesHook: the model has no trainable part {part!r}; name "
                        f"one of {[name for name, _ in model.named_children()]}"
                    )
            if unknown := set(phase["losses"]) - set(terms):
                raise ValueError(
                    f"TrainingPhasesHook: the model has no terms {sorted(unknown)}, only "
                    f"{sorted(terms)}"
                )

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Sets trained parts and losses by the epoch, also of a resumed run."""
        begun = [phase for phase in self.phases if phase["begin"] <= runner.epoch]
        if not begun:
            return
        model, phase = unwrap(runner.model), begun[-1]
        if phase is not self._current:
            self._current = phase
            runner.logger.info(f"New phase: training {phase['trained']} by {phase['losses']}")
            for name, parameter in model.named_parameters():
                learns = name in self._learning and _belongs(name, phase["trained"])
                parameter.requires_grad_(learns)
        model.silent_terms = set(_terms(model)) - set(phase["losses"])
        # The loop puts the whole model into training mode when an epoch begins.
        _train_parts(model, phase["trained"])


def _terms(model: Any) -> list[str]:
    """Names of a captioner's terms, as its ``silent_terms`` have them."""
    heads = {"mask": model.encoder.mask_head, "flag": model.flag_head}
    return ["caption", *(name for name, head in heads.items() if head is not None), *model.losses]


def _belongs(name: str, parts: Sequence[str]) -> bool:
    """Whether a parameter is one of the parts, or lies in one."""
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def _train_parts(model: nn.Module, parts: Sequence[str]) -> None:
    model.eval()
    modules = dict(model.named_modules())
    for part in parts:
        if part in modules:  # A part may be a single parameter.
            modules[part].train()
