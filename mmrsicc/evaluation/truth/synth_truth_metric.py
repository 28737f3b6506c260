"""The metric of truth on SynthCC."""

from collections.abc import Mapping
from pathlib import Path

from mmengine.logging import print_log

from mmrsicc.evaluation.caption_metric import CaptionMetric
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.truth.synth_truth import read_events, synth_truth_scores
from mmrsicc.registry import METRICS
from mmrsicc.utils.counts import counted


@METRICS.register_module()
class SynthTruthMetric(CaptionMetric):
    """Truth of sentences about the changes, which SynthCC lists exactly.

    A sentence is read by :mod:`mmrsicc.synthcc.claims` into claims, one for each event
    that it describes. Results in percent but for the count:

    - ``truth/true``: sentences of which all is true: each claim holds for an event of its own, and
      no word is left unread. On unchanged pairs those are the no-change sentences;
    - ``truth/complete``: those that also name every event;
    - ``truth/change_true``, ``truth/change_complete`` and ``truth/no_change_true``: the same over
      the changed and the unchanged pairs;
    - ``truth/unreadable``: how many sentences have words that the reader does not know, or claim
      nothing at all. None of them is true; what can be read of them counts below;
    - ``truth/events_precision``: claims that rightly say what happened to what (a house appeared,
      woods were replaced by a road), and ``truth/events_recall``: events that are described so;
    - the same as ``truth/counts_...`` for the numbers of houses, villas and trees, and as
      ``truth/places_...`` for where. What is said of something that did not happen is wrong too;
    - the same as ``truth/appear_...``, ``truth/house_...`` and so on for the events of each change
      and each kind of thing.

    A ratio without denominator is left out.

    Args:
        events: Folder of the data set with its events, ``data_root/events``.
        collect_device: See MMEngine's ``BaseMetric``.
        prefix: In place of ``truth``.

    Raises:
        FileNotFoundError: No such folder.
    """

    default_prefix = "truth"

    def __init__(self, events: str, collect_device: str = "cpu", prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.events = Path(events)
        if not self.events.is_dir():
            raise FileNotFoundError(
                f"no folder {events}: SynthTruthMetric needs the events of a SynthCC data set, "
                "events=data_root + '/events'"
            )

    def compute_metrics(self, results: list[PredictedCaption]) -> dict[str, float]:
        """Read the events, score all pairs and log a table."""
        pairs = sorted_pairs(results)
        scores = synth_truth_scores(pairs, read_events(self.events, pairs))
        print_log(
            f"Truth of {counted(len(pairs), 'sentence')}\n{truth_table(scores)}", logger="current"
        )
        return scores


def truth_table(scores: Mapping[str, float]) -> str:
    """Plain text with the shares of sentences, and a row per aspect of the claims."""
    shares = [name for name in scores if not name.endswith(("_precision", "_recall"))]
    lines = [f"{name:16}{scores[name]:10.2f}" for name in shares]
    lines.append(f"{'':16}{'precision':>10}{'recall':>10}")
    names = {name.rpartition("_")[0]: None for name in scores if name not in shares}
    for name in names:
        cells = [scores.get(f"{name}_{kind}") for kind in ("precision", "recall")]
        shown = "".join(f"{'' if cell is None else f'{cell:.2f}':>10}" for cell in cells)
        lines.append(f"{name:16}{shown}")
    return "\n".join(lines)
