"""Comparison of methods: configs of their own, one budget, one reference, tuned rates."""

import copy
from collections.abc import Mapping, Sequence
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

_OPTIONS = ("budget", "reference", "splits", "learning_rates")


@dataclass(frozen=True)
class Comparison(Study):
    """Study whose arms are methods with the same budget, compared to one of them.

    Attributes:
        learning_rates: Peak rates to choose from for each method; none: each config's own.
    """

    learning_rates: tuple[float, ...] = ()

    @property
    def reference(self) -> str:
        """The method that the others are measured against."""
        return self.comparisons[0][1]

    @property
    def validation_split(self) -> str:
        """The split that learning rates are chosen on."""
        dataset = self.arms[self.reference].val_dataloader.dataset
        return (with_defaults(dataset, DATASETS) or {})["split"]

    def tuning(self) -> Study:
        """Every method with every rate, tested on the validation split."""
        trials = product(self.arms, self.learning_rates)
        arms = {tuning_arm(method, rate): (method, rate) for method, rate in trials}
        return self._with_rates(arms, (self.validation_split,))

    def tuned(self, rates: Mapping[str, float]) -> Study:
        """The methods that have a rate, each with it, tested on the test splits."""
        return self._with_rates({method: (method, r) for method, r in rates.items()}, self.splits)

    def _with_rates(self, arms: Mapping[str, tuple[str, float]], splits: tuple[str, ...]) -> Study:
        """Methods and rates by arm; the same method and rate has the same folder in every study."""
        configs = {
            arm: with_learning_rate(self.arms[m], rate, m) for arm, (m, rate) in arms.items()
        }
        folders = {arm: f"{m}/lr{rate:g}" for arm, (m, rate) in arms.items()}
        return Study(self.name, configs, splits, {}, self.comparisons, folders)


def tuning_arm(method: str, rate: float) -> str:
    """Name of a method's arm with a learning rate."""
    return f"{method} at {rate:g}"


def tried_rates(comparison: Comparison, runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """Results of the tuning, of the methods whose rates are all tried.

    A rate at which a method says one sentence for all pairs can have a higher S*m than one at
    which it begins to tell them apart. So rates that let it see change come first.

    Args:
        comparison: Whose methods are tuned.
        runs: Finished ones of its :meth:`Comparison.tuning`, with one seed.

    Returns:
        By method ``split``, ``score`` (its name), ``tried`` (by rate, the score,
        ``flag_accuracy``, ``sees_change`` and the ``results`` file) and ``chosen``, the rate
        with the best score among those that let it see change, or among all if none does; the
        lower of two equals.
    """
    split = comparison.validation_split
    results = {run.arm: run.results(split) for run in runs}
    rates = sorted(comparison.learning_rates)
    found = {}
    for method in comparison.arms:
        own = {rate: results.get(tuning_arm(method, rate)) for rate in rates}
        tried = {rate: _tried(path) for rate, path in own.items() if path is not None}
        if len(tried) == len(rates):
            found[method] = {
                "split": split,
                "score": SCORE,
                "tried": {f"{rate:g}": entry for rate, entry in tried.items()},
                "chosen": max(rates, key=lambda r: (tried[r]["sees_change"], tried[r][SCORE])),
            }
    return found


def _tried(results: Path) -> dict[str, Any]:
    scores = run_record(results)["scores"]
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
    if len(paths) == 1:
        name, folder, content = first.stem, first.parent, _content(first)
    else:
        name, folder, content = "comparison", Path(), {"configs": {Path(p).stem: p for p in paths}}
    given = (budget, reference, splits, learning_rates)
    content |= {key: v for key, v in zip(_OPTIONS, given, strict=True) if v is not None}
    configs = content["configs"]
    if len(configs) < max(2, len(paths)):
        raise ValueError(f"{first}: give two methods or more, with different file names")
    if taken := sorted(configs.keys() & set(BASELINES)):
        raise ValueError(f"{first}: {taken} are the names of baselines, call the methods otherwise")
    reference = content.get("reference") or next(iter(configs))
    if reference not in configs:
        raise ValueError(f"the reference {reference!r} is none of the methods {list(configs)}")
    change = _fragment(content.get("budget") or {}, first.parent)
    methods = {name: merged(folder / path, change) for name, path in configs.items()}
    check_budget(methods)
    check_scored(methods[reference])
    splits, rates = content.get("splits") or ("test",), content.get("learning_rates") or ()
    if isinstance(splits, str) or not isinstance(rates, list | tuple):
        raise ValueError(f'{first}: splits and learning_rates are tuples, such as ("test",)')
    others = tuple((method, reference) for method in methods if method != reference)
    comparison = Comparison(name, methods, tuple(splits), {}, others, {}, tuple(rates))
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
    if unknown := sorted(content.keys() - {"configs", *_OPTIONS}):
        raise ValueError(f"{path}: a comparison has configs, {', '.join(_OPTIONS)}, not {unknown}")
    if not isinstance(content["configs"], dict):
        raise ValueError(f"{path}: configs are paths by name: dict(dfm='dfm.py', ...)")
    return content


def _check_rates(comparison: Comparison) -> None:
    """Refuses rates that cannot be told apart, or chosen on a split of their own."""
    rates = comparison.learning_rates
    if any(rate <= 0 for rate in rates) or len({f"{rate:g}" for rate in rates}) < len(rates):
        raise ValueError(
            f"learning rates must be above 0 and differ in six digits, got {list(rates)}"
        )
    if not comparison.arms[comparison.reference].get("val_dataloader"):
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
    """A budget as a dict: one already, or the path of a file (one in a file: beside it)."""
    if isinstance(budget, dict):
        return budget
    path = Path(budget)
    return read_config(path if path.is_file() else folder / path).to_dict()


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
            f"{name} has no optim_wrapper.optimizer: compare it without --learning-rates"
        )
    optimizer.lr = rate
    schedulers = cfg.get("param_scheduler") or []
    schedulers = [schedulers] if isinstance(schedulers, dict) else schedulers
    peaks = [scheduler for scheduler in schedulers if "eta_max" in scheduler]
    if len(peaks) > 1:
        raise ValueError(f"{name}: param_scheduler states two eta_max: set it in the budget")
    for scheduler in peaks:
        scheduler.eta_max = rate
    return cfg
