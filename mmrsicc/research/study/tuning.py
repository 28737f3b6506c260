"""Learning rates of a study's methods, chosen on the validation split."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mmrsicc.registry import DATASETS
from mmrsicc.research.study.run import Run, finished
from mmrsicc.research.study.study import Study
from mmrsicc.research.study.summary import run_entry
from mmrsicc.utils.provenance import with_defaults


def trials(study: Study, rates: Sequence[float]) -> list[Study]:
    """The methods with each of the rates, tested on the validation split.

    Raises:
        ValueError: If the rates are equal, or that split is tested on, too.
    """
    if any(rate <= 0 for rate in rates) or len({f"{rate:g}" for rate in rates}) < len(rates):
        raise ValueError(
            f"learning rates must be above 0 and differ in six digits, got {list(rates)}"
        )
    loader = next(iter(study.arms.values())).get("val_dataloader")
    if not loader:
        raise ValueError(
            "learning rates are chosen on the validation split, but there is no val_dataloader: "
            "set it in the budget"
        )
    split = (with_defaults(loader.dataset, DATASETS) or {})["split"]
    if split in study.splits:
        raise ValueError(
            f"learning rates would be chosen on {split!r}, which is tested on, too: set "
            "val_dataloader.dataset.split in the budget, or other splits"
        )
    return [
        replace(study, splits=(split,), learning_rates=dict.fromkeys(study.arms, rate))
        for rate in sorted(rates)
    ]


def tried_rates(runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """Results of the tuning, of the methods whose rates are all tried.

    Args:
        runs: Of all :func:`trials` with one seed, finished or not.

    Returns:
        By method ``split``, ``score`` (its name), ``tried`` (by rate, the score, ``flag_accuracy``,
        ``sees_change`` and the ``results`` file) and ``chosen``, the rate with the best score; the
        lower of two equals. Rates that let it see change come first: one sentence said of all pairs
        can have a higher S*m than sentences that begin to distinguish them.
    """
    done = finished(runs)
    found = {}
    for method in runs[0].study.arms:
        own = [run for run in runs if run.arm == method]
        if all(run in done for run in own):
            tried = {run.study.learning_rates[method]: _tried(run) for run in own}
            found[method] = {
                "split": own[0].study.splits[0],
                "score": "Sm",
                "tried": {f"{rate:g}": entry for rate, entry in tried.items()},
                "chosen": max(tried, key=lambda r: (tried[r]["sees_change"], tried[r]["Sm"])),
            }
    return found


def _tried(run: Run) -> dict[str, Any]:
    entry = run_entry(run, run.study.splits[0])
    scores = {name: entry["scores"].get(name) for name in ("Sm", "flag_accuracy")}
    return {**scores, "sees_change": entry["sees_change"], "results": entry["results"]}


def tuned(study: Study, tried: Mapping[str, Mapping[str, Any]]) -> Study:
    """The methods of :func:`tried_rates`, each with its chosen rate."""
    rates = {method: found["chosen"] for method, found in tried.items()}
    return replace(study, arms={m: study.arms[m] for m in rates}, learning_rates=rates)
