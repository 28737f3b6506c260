"""Comparison of methods: configs of their own, one budget, one reference, tuned rates."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from mmengine import Config

from mmrsicc.registry import DATASETS
from mmrsicc.research.study.fairness import check_budget, check_scored
from mmrsicc.research.study.run import Run
from mmrsicc.research.study.scores import run_record, sees_change
from mmrsicc.research.study.study import Study, merged
from mmrsicc.utils.config_file import read_config
from mmrsicc.utils.provenance import with_defaults

#: Baselines that stand beside the methods.
BASELINES = ("constant", "perfect_flag")

#: Score that learning rates are chosen by.
SCORE = "Sm"

_KEYS = {"configs", "budget", "reference", "splits", "learning_rates"}


@dataclass(frozen=True)
class Comparison:
    """Methods that are trained with the same budget, and what is asked of them.

    Attributes:
        name: For its work dir.
        methods: Config by name of the method, the budget merged over each.
        reference: The method that the others are measured against.
        splits: Splits of the test data set that every method is tested on.
        learning_rates: Peak rates to choose from for each method; none: each config's own.
    """

    name: str
    methods: dict[str, Config]
    reference: str
    splits: tuple[str, ...]
    learning_rates: tuple[float, ...]

    @property
    def validation_split(self) -> str:
        """The split that learning rates are chosen on."""
        dataset = self.methods[self.reference].val_dataloader.dataset
        return (with_defaults(dataset, DATASETS) or {})["split"]

    def tuning(self) -> Study:
        """Every method with every rate, tested on the validation split."""
        arms, folders = {}, {}
        for method, rate in product(self.methods, self.learning_rates):
            arm = tuning_arm(method, rate)
            arms[arm] = with_learning_rate(self.methods[method], rate, method)
            folders[arm] = rate_folder(method, rate)
        return Study(self.name, arms, (self.validation_split,), {}, (), folders)

    def study(self, rates: dict[str, float] | None) -> Study:
        """The methods, each with its rate, tested on the test splits; None: their configs' own."""
        arms, folders = self.methods, {}
        if rates is not None:
            arms = {m: with_learning_rate(self.methods[m], rate, m) for m, rate in rates.items()}
            folders = {method: rate_folder(method, rate) for method, rate in rates.items()}
        others = tuple((m, self.reference) for m in arms if m != self.reference)
        return Study(self.name, arms, self.splits, {}, others, folders)


def tuning_arm(method: str, rate: float) -> str:
    """Name of a method's arm with a learning rate."""
    return f"{method} at {rate:g}"


def rate_folder(method: str, rate: float) -> str:
    """Folder of a method's runs with a learning rate."""
    return f"{method}/lr{rate:g}"


def tried_rates(comparison: Comparison, runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """Results of the tuning, of the methods whose rates are all tried.

    A rate at which a method says one sentence for all pairs can have a higher S*m than one at
    which it begins to tell them apart. So rates that let it see change come first.

    Args:
        comparison: Whose methods are tuned.
        runs: Runs of its :meth:`Comparison.tuning`.

    Returns:
        By method ``split``, ``score`` (its name), ``tried`` (by rate, the score,
        ``flag_accuracy``, ``sees_change`` and the ``results`` file) and ``chosen``, the rate
        with the best score among those that let it see change, or among all if none does; the
        lower of two equals.

    Raises:
        ValueError: If a run has no S*m, or is of another config.
    """
    by_arm = {run.arm: run for run in runs}
    split = comparison.validation_split
    found: dict[str, dict[str, Any]] = {}
    for method in comparison.methods:
        rates = sorted(comparison.learning_rates)
        own = {rate: by_arm[tuning_arm(method, rate)] for rate in rates}
        for run in own.values():
            run.check()
        if all(run.done for run in own.values()):
            tried = {rate: _tried(run.results(split)) for rate, run in own.items()}
            found[method] = {
                "split": split,
                "score": SCORE,
                "tried": {f"{rate:g}": entry for rate, entry in tried.items()},
                "chosen": max(rates, key=lambda r: (tried[r]["sees_change"], tried[r][SCORE])),
            }
    return found


def _tried(results: Path) -> dict[str, Any]:
    scores = run_record(results)["scores"]
    if SCORE not in scores:
        raise ValueError(
            f"{results} was not scored by S*m, which learning rates are chosen by: let "
            "test_evaluator use all scorers"
        )
    return {
        SCORE: scores[SCORE],
        "flag_accuracy": scores.get("flag_accuracy"),
        "sees_change": sees_change(results),
        "results": str(results),
    }


def read_comparison(
    paths: Sequence[str | Path],
    budget: str | Path | None = None,
    reference: str | None = None,
    splits: Sequence[str] | None = None,
    learning_rates: Sequence[float] | None = None,
) -> Comparison:
    """Reads a comparison's file, or makes one of configs.

    Args:
        paths: One file with ``configs`` (paths by name, beside it), ``budget`` (a config fragment
            or the path of one) and, if need be, ``reference``, ``splits`` and ``learning_rates``;
            or the configs themselves, named as their files are.
        budget: Config fragment in place of the file's.
        reference: Name of a method in place of the file's; the first method by default.
        splits: In place of the file's; ``test`` by default.
        learning_rates: In place of the file's; none by default.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the file is no comparison, names come twice, there are fewer than two
            methods, the methods differ in what must be equal, or they are not scored by S*m.
    """
    first = Path(paths[0])
    alone = len(paths) == 1
    content: dict[str, Any] = _content(first) if alone else {"configs": _named(paths)}
    folder = first.parent if alone else Path()
    configs = {name: folder / path for name, path in content["configs"].items()}
    if len(configs) < 2:
        raise ValueError(f"{first}: two methods at least can be compared")
    if taken := sorted(configs.keys() & set(BASELINES)):
        raise ValueError(f"{first}: {taken} are the names of baselines, call the methods otherwise")
    reference = reference or content.get("reference") or next(iter(configs))
    if reference not in configs:
        raise ValueError(f"the reference {reference!r} is none of the methods {list(configs)}")
    change = _fragment(budget if budget is not None else content.get("budget"), first.parent)
    methods = {}
    for name, path in configs.items():
        if not path.is_file():
            raise FileNotFoundError(f"the config of {name}, {path}, is not there")
        methods[name] = merged(path, change)
    check_budget(methods)
    check_scored(methods[reference])
    splits = splits or content.get("splits") or ("test",)
    rates = learning_rates or content.get("learning_rates") or ()
    if isinstance(splits, str) or not isinstance(rates, list | tuple):
        raise ValueError(f'{first}: splits and learning_rates are tuples, such as ("test",)')
    name = first.stem if alone else "comparison"
    comparison = Comparison(name, methods, reference, tuple(splits), tuple(rates))
    if rates:
        _check_rates(comparison)
    return comparison


def _content(path: Path) -> dict[str, Any]:
    """Content of a comparison's file."""
    content = read_config(path).to_dict()
    if "configs" not in content:
        raise ValueError(
            f"{path} has no `configs`: give a comparison's file, or two configs or more"
        )
    if unknown := sorted(content.keys() - _KEYS):
        raise ValueError(f"{path}: a comparison has {sorted(_KEYS)}, not {unknown}")
    if not isinstance(content["configs"], dict):
        raise ValueError(f"{path}: configs are paths by name: dict(dfm='dfm.py', ...)")
    return content


def _named(paths: Sequence[str | Path]) -> dict[str, Path]:
    """Configs by the names of their files."""
    configs = {Path(path).stem: Path(path) for path in paths}
    if len(configs) < len(paths):
        raise ValueError("two configs have the same file name: name them in a comparison's file")
    return configs


def _check_rates(comparison: Comparison) -> None:
    """Refuses rates that cannot be told apart, or chosen on a split of their own."""
    rates = comparison.learning_rates
    if any(rate <= 0 for rate in rates) or len({f"{rate:g}" for rate in rates}) < len(rates):
        raise ValueError(
            f"learning rates must be above 0 and differ in six digits, got {list(rates)}"
        )
    if not comparison.methods[comparison.reference].get("val_dataloader"):
        raise ValueError(
            "learning rates are chosen on the validation split, but there is no val_dataloader: "
            "set it in the budget"
        )
    if comparison.validation_split in comparison.splits:
        raise ValueError(
            f"learning rates would be chosen on {comparison.validation_split!r}, which is tested "
            "on, too: set val_dataloader.dataset.split in the budget, or other splits"
        )


def _fragment(budget: Any, folder: Path) -> dict[str, Any]:
    """A budget as a dict: none, one already, or the path of a file (one in a file: beside it)."""
    if budget is None or isinstance(budget, dict):
        return budget or {}
    path = Path(budget)
    if not path.is_file():
        path = folder / path
    if not path.is_file():
        raise FileNotFoundError(f"there is no budget {budget}")
    return read_config(path).to_dict()


def with_learning_rate(cfg: Config, rate: float, name: str) -> Config:
    """A config with another peak learning rate: the optimizer's, and a one-cycle schedule's.

    Raises:
        ValueError: If the config has no single optimizer, or its schedule states more than one
            peak.
    """
    cfg = copy.deepcopy(cfg)
    optimizer = (cfg.get("optim_wrapper") or {}).get("optimizer")
    if optimizer is None:
        raise ValueError(
            f"{name} has no optim_wrapper.optimizer whose rate could be set: compare it without "
            "--learning-rates"
        )
    optimizer.lr = rate
    schedulers = cfg.get("param_scheduler") or []
    schedulers = [schedulers] if isinstance(schedulers, dict) else schedulers
    peaks = [scheduler for scheduler in schedulers if "eta_max" in scheduler]
    if len(peaks) > 1:
        raise ValueError(
            f"{name}: param_scheduler states {len(peaks)} peaks (eta_max): set it in the budget"
        )
    for scheduler in peaks:
        scheduler.eta_max = rate
    return cfg
