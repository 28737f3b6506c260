"""Study: configs by name, each trained and tested over the same seeds."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmengine import Config

from mmrsicc.utils.config_file import merged_config, read_config

_KEYS = {"base", "splits", "arms", "groups", "comparisons"}


@dataclass(frozen=True)
class Study:
    """Configs ("arms") that are trained and tested alike, and the comparisons between them.

    Attributes:
        name: For its work dir.
        arms: Config by name of the arm.
        splits: Splits of the test data set that every arm is tested on.
        groups: Names of arms by name of the group.
        comparisons: Pairs (arm, reference) whose difference is asked for.
        learning_rates: Peak rate by arm, of those that have another than their config's.
    """

    name: str
    arms: Mapping[str, Config]
    splits: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    comparisons: tuple[tuple[str, str], ...] = ()
    learning_rates: Mapping[str, float] = field(default_factory=dict)

    def config(self, arm: str, seed: int) -> Config:
        """The config of one arm and seed."""
        cfg = copy.deepcopy(self.arms[arm])
        if arm in self.learning_rates:
            _set_learning_rate(cfg, self.learning_rates[arm], arm)
        cfg.randomness = {**(cfg.get("randomness") or {}), "seed": seed}
        return cfg

    def place(self, arm: str, seed: int | str) -> str:
        """Name of a run, and its folder in the work dir."""
        rate = f"/lr{self.learning_rates[arm]:g}" if arm in self.learning_rates else ""
        return f"{arm}{rate}/seed{seed}"

    def chosen(self, names: list[str] | None) -> list[str]:
        """Arms of the named groups and arms, each once; all arms if none is named.

        Raises:
            ValueError: If a name is neither a group nor an arm.
        """
        found: list[str] = []
        for name in names or self.arms:
            if name not in self.groups and name not in self.arms:
                raise ValueError(
                    f"there is no group or arm {name!r}: groups are {sorted(self.groups)}, arms "
                    f"{sorted(self.arms)}"
                )
            found += self.groups.get(name, (name,))
        return list(dict.fromkeys(found))


def read_study(path: str | Path, base: str | Path | None = None) -> Study:
    """Reads a study's file: arms that each change one base config.

    Args:
        path: The file; ``base`` in it lies beside it.
        base: Config in the place of the study's own base.

    Raises:
        FileNotFoundError: If the study or its base is missing.
        ValueError: If it lacks a key, or names an arm that it does not have.
    """
    path = Path(path)
    content = read_config(path).to_dict()
    missing = sorted(_KEYS - content.keys())
    if missing:
        raise ValueError(f"{path} is no study: add {missing}")
    if isinstance(content["splits"], str):
        raise ValueError(f'{path}: splits is a tuple, such as ("test",)')
    named = {arm for group in content["groups"].values() for arm in group}
    named |= {arm for pair in content["comparisons"] for arm in pair}
    unknown = sorted(named - content["arms"].keys())
    if unknown:
        raise ValueError(f"{path}: groups or comparisons name arms that are not there: {unknown}")
    base = Path(base) if base is not None else path.parent / content["base"]
    return Study(
        f"{path.stem}_{base.stem}",
        {arm: merged_config(base, change) for arm, change in content["arms"].items()},
        tuple(content["splits"]),
        {name: tuple(group) for name, group in content["groups"].items()},
        tuple((arm, reference) for arm, reference in content["comparisons"]),
    )


def _set_learning_rate(cfg: Config, rate: float, name: str) -> None:
    """Sets the peak learning rate of a config: the optimizer's, and a one-cycle schedule's."""
    optimizer = (cfg.get("optim_wrapper") or {}).get("optimizer")
    schedulers = cfg.get("param_scheduler") or []
    schedulers = [schedulers] if isinstance(schedulers, dict) else schedulers
    peaks = [scheduler for scheduler in schedulers if "eta_max" in scheduler]
    if optimizer is None or len(peaks) > 1:
        raise ValueError(
            f"{name} has no optim_wrapper.optimizer, or two eta_max in param_scheduler: set one of "
            "each in the budget, or compare without --learning-rates"
        )
    optimizer.lr = rate
    for scheduler in peaks:
        scheduler.eta_max = rate
