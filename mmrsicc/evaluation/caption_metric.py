"""The base of the metrics of captions."""

from collections.abc import Sequence
from typing import Any

from mmengine.evaluator import BaseMetric

from mmrsicc.evaluation.files.records import PredictedCaption


class CaptionMetric(BaseMetric):
    """A metric that keeps the captions of all pairs until they are scored together.

    Subclasses have ``compute_metrics``, which gets the :class:`PredictedCaption` of all pairs, in
    whatever order the processes return them.
    """

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keeps the captions of a batch."""
        self.results.extend(PredictedCaption.from_sample(sample) for sample in data_samples)
