"""Predicted sentences as a file: one JSON line per pair."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.files.result_files import write_captions
from mmrsicc.registry import METRICS
from mmrsicc.utils.counts import counted


@METRICS.register_module()
class DumpCaptions(BaseMetric):
    """Write every pair's sentence to a file, sorted by id.

    See :func:`mmrsicc.evaluation.files.result_files.write_captions`.

    Args:
        out_file: Path that ends in ``.jsonl``; its folder is made.
        collect_device: See MMEngine's ``BaseMetric``.

    Raises:
        ValueError: Another ending.
    """

    # MMEngine warns if the prefix is None; this metric has no scores.
    default_prefix = ""

    def __init__(self, out_file: str, collect_device: str = "cpu") -> None:
        super().__init__(collect_device=collect_device)
        self.out_file = Path(out_file)
        if self.out_file.suffix != ".jsonl":
            raise ValueError(f"out_file={out_file!r}: one JSON line per pair, end it in .jsonl")

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the sentences of a batch."""
        self.results.extend(PredictedCaption.from_sample(sample) for sample in data_samples)

    def compute_metrics(self, results: list[PredictedCaption]) -> dict[str, float]:
        """Write the file; there is nothing to report."""
        records = sorted_pairs(results)
        write_captions(records, self.out_file)
        print_log(f"{self.out_file} has {counted(len(records), 'caption')}", logger="current")
        return {}
