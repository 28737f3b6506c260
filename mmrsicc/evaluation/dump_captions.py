"""Predicted sentences as a file: one JSON line per pair."""

from pathlib import Path

from mmengine.logging import print_log

from mmrsicc.evaluation.caption_metric import CaptionMetric
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.files.result_files import write_captions
from mmrsicc.registry import METRICS
from mmrsicc.utils.counts import counted


@METRICS.register_module()
class DumpCaptions(CaptionMetric):
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

    def compute_metrics(self, results: list[PredictedCaption]) -> dict[str, float]:
        """Write the file; there is nothing to report."""
        records = sorted_pairs(results)
        write_captions(records, self.out_file)
        print_log(f"{self.out_file} has {counted(len(records), 'caption')}", logger="current")
        return {}
