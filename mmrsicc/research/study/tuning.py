"""The learning rate of each method of a comparison, chosen on the validation split."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrsicc.research.study.comparison import Comparison, tuning_arm
from mmrsicc.research.study.run import Run
from mmrsicc.research.study.scores import run_record, sees_change

#: What rates are chosen by.
SCORE = "Sm"


@dataclass(frozen=True)
class Tuning:
    """One run for each method and rate, all with the same seed.

    Attributes:
        comparison: Whose methods they are.
        seed: Of all of them.
        folder: Work dir of the comparison.
    """

    comparison: Comparison
    seed: int
    folder: Path

    def runs(self) -> list[Run]:
        """All of them, method by method."""
        return [run for of_method in self._runs().values() for run in of_method.values()]

    def _runs(self) -> dict[str, dict[float, Run]]:
        study = self.comparison.tuning()
        return {
            method: {
                rate: Run(
                    study,
                    tuning_arm(method, rate),
                    self.seed,
                    arm_folder(self.folder, method, rate) / f"seed{self.seed}",
                )
                for rate in self.comparison.learning_rates
            }
            for method in self.comparison.methods
        }

    def found(self) -> dict[str, dict[str, Any]]:
        """Scores, results file and rate of the finished runs, by method; those with all rates.

        A rate at which a method says one sentence for all pairs can have a higher S*m than one at
        which it begins to tell them apart. So rates that let it see change come first.

        Returns:
            By method ``split``, ``score`` (its name), ``tried`` (by rate, the score,
            ``flag_accuracy``, ``sees_change`` and the ``results`` file) and ``chosen``, the rate
            with the best score among those that let it see change, or among all if none does; the
            lower of two equals.

        Raises:
            ValueError: If a run has no S*m, or is of another config.
        """
        found: dict[str, dict[str, Any]] = {}
        for method, runs in self._runs().items():
            for run in runs.values():
                run.check()
            if all(run.done for run in runs.values()):
                tried = {rate: self._score(run) for rate, run in sorted(runs.items())}
                found[method] = {
                    "split": self.comparison.validation_split,
                    "score": SCORE,
                    "tried": {f"{rate:g}": entry for rate, entry in tried.items()},
                    "chosen": max(tried, key=lambda rate: _worth(tried[rate])),
                }
        return found

    def _score(self, run: Run) -> dict[str, Any]:
        results = run.results(self.comparison.validation_split)
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


def _worth(tried: Mapping[str, Any]) -> tuple[bool, float]:
    return tried["sees_change"], tried[SCORE]


def chosen_rates(tuning: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The rate of each method of :meth:`Tuning.found`."""
    return {method: found["chosen"] for method, found in tuning.items()}


def arm_folder(folder: Path, method: str, rate: float | None) -> Path:
    """Where a method's runs are, each in a folder ``seedS``."""
    return folder / method if rate is None else folder / method / f"lr{rate:g}"
