"""CSM of a whole set of captions."""

from collections.abc import Sequence

from mmrsicc.evaluation.caption_metric import CaptionMetric
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.scores.change_sensitive import ChangeSensitive, read_levels
from mmrsicc.registry import METRICS


@METRICS.register_module()
class ChangeSensitiveMetric(CaptionMetric):
    """CSM-1 to CSM-4 of HCFNet, see :mod:`mmrsicc.evaluation.scores.change_sensitive`.

    Results in percent: ``CSM-1`` to ``CSM-4`` over all pairs, and ``change/CSM-1`` and so on over
    those whose ``change_flag`` is 1, if all flags are known.

    Args:
        spatial_scale: JSON file of levels by word, "Spatial Scale.json" of HCFNet's authors.
        change_extent: Another such file, "Change Extent.json".
        collect_device: See MMEngine's ``BaseMetric``.
        prefix: Put before every result name.

    Raises:
        FileNotFoundError, ValueError: A list is missing or wrong.
    """

    # Not None, or MMEngine warns at every start.
    default_prefix = ""

    def __init__(
        self,
        spatial_scale: str,
        change_extent: str,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.score = ChangeSensitive(read_levels(spatial_scale), read_levels(change_extent))

    def compute_metrics(self, results: list[PredictedCaption]) -> dict[str, float]:
        """Means over the pairs."""
        pairs = sorted_pairs(results)
        scores = self._means(pairs)
        changed = [pair for pair in pairs if pair.flag == 1]
        if changed and all(pair.flag is not None for pair in pairs):
            scores |= {f"change/{name}": value for name, value in self._means(changed).items()}
        return scores

    def _means(self, pairs: Sequence[PredictedCaption]) -> dict[str, float]:
        references = {pair.pair_id: pair.references for pair in pairs}
        rows = self.score(references, {pair.pair_id: pair.caption for pair in pairs})
        return {f"CSM-{k}": 100 * float(v) for k, v in enumerate(rows.mean(axis=0), start=1)}
