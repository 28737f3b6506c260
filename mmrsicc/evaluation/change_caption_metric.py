"""The metric of change captioning: caption scores and change flag accuracy."""

from collections.abc import Sequence
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.evaluation.caption_scores import SCORERS, caption_scorer, check_scorers
from mmrsicc.evaluation.java import find_java
from mmrsicc.evaluation.records import PredictedCaption, sorted_pairs
from mmrsicc.registry import METRICS

_COLUMNS = {
    "BLEU-1": "B1",
    "BLEU-2": "B2",
    "BLEU-3": "B3",
    "BLEU-4": "B4",
    "METEOR": "M",
    "ROUGE-L": "R",
    "CIDEr-D": "C",
    "Sm": "S*m",
}
_ROWS = {"": "all", "change/": "change", "no_change/": "no change"}


@METRICS.register_module()
class ChangeCaptionMetric(BaseMetric):
    """Score predicted sentences over all pairs, the changed ones and the unchanged ones.

    Results, in percent: ``BLEU-1`` to ``BLEU-4``, ``METEOR``, ``ROUGE-L``, ``CIDEr-D`` and ``Sm``
    (S*m) over all pairs; the same as ``change/...`` and ``no_change/...`` over the pairs whose
    ``change_flag`` is 1 and 0, each subset scored by itself; ``flag_accuracy``, how often a
    predicted sentence is a no-change sentence exactly where the pair is unchanged. The subsets
    and ``flag_accuracy`` are left out if the flag of any pair is unknown.

    ``no_change/CIDEr-D`` is 0 by construction where all unchanged pairs share their references, as
    in LEVIR-CC: words that stand in every pair weigh nothing. ``no_change/Sm`` suffers from it.

    Pairs are sorted by id before scoring, so the numbers do not depend on the number of processes.
    See :func:`mmrsicc.evaluation.caption_scores.caption_scores` for each score.

    Args:
        scorers: Which of BLEU, METEOR, ROUGE-L and CIDEr-D to compute. METEOR needs Java; without
            one of the four parts there is no ``Sm``.
        collect_device: See MMEngine's ``BaseMetric``.
        prefix: Put before every result name.

    Raises:
        ValueError: An unknown scorer.
        RuntimeError: METEOR is wanted and there is no Java.
    """

    # Not None, or MMEngine warns at every start: these names are meant to stand alone.
    default_prefix = ""

    def __init__(
        self,
        scorers: Sequence[str] = SCORERS,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        check_scorers(scorers)
        if "METEOR" in scorers:
            find_java()  # A missing Java must not show after an epoch of training.
        self.scorers = tuple(scorers)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the sentences of a batch."""
        self.results.extend(PredictedCaption.from_sample(sample) for sample in data_samples)

    def compute_metrics(self, results: list[PredictedCaption]) -> dict[str, float]:
        """Score all pairs and log a table."""
        pairs = sorted_pairs(results)
        scores = change_caption_scores(pairs, self.scorers)
        title = f"Scores of {len(pairs)} pairs, in percent"
        print_log(f"{title}\n{score_table(scores)}", logger="current")
        return scores


def change_caption_scores(
    records: Sequence[PredictedCaption], scorers: Sequence[str] = SCORERS
) -> dict[str, float]:
    """The results of :class:`ChangeCaptionMetric` for these pairs."""
    records = sorted_pairs(records)
    subsets = {"": records}
    flags_known = all(record.flag is not None for record in records)
    if flags_known:
        subsets["change/"] = [record for record in records if record.flag == 1]
        subsets["no_change/"] = [record for record in records if record.flag == 0]

    results: dict[str, float] = {}
    with caption_scorer(scorers) as score:
        for prefix, subset in subsets.items():
            if prefix and not subset:
                continue
            scores = score(
                {record.pair_id: record.references for record in subset},
                {record.pair_id: record.caption for record in subset},
            )
            results |= {prefix + name: value for name, value in scores.corpus.items()}
    if flags_known:
        right = sum(is_no_change(record.caption) == (record.flag == 0) for record in records)
        results["flag_accuracy"] = 100 * right / len(records)
    return results


def score_table(scores: dict[str, float]) -> str:
    """Plain text with a row per subset and a column per score, as far as there are any."""
    columns = {name: title for name, title in _COLUMNS.items() if name in scores}
    lines = [f"{'':9}" + "".join(f"{title:>8}" for title in columns.values())]
    for prefix, row in _ROWS.items():
        if all(prefix + name in scores for name in columns):
            cells = "".join(f"{scores[prefix + name]:8.2f}" for name in columns)
            lines.append(f"{row:9}{cells}")
    if "flag_accuracy" in scores:
        lines.append(f"change flag accuracy {scores['flag_accuracy']:.2f}")
    return "\n".join(lines)
