"""The metric of what captions of change name."""

from mmengine.logging import print_log

from mmrsicc.datasets.lexicon import CATEGORIES
from mmrsicc.evaluation.caption_metric import CaptionMetric
from mmrsicc.evaluation.content.content_scores import content_scores
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.registry import METRICS


@METRICS.register_module()
class ContentMetric(CaptionMetric):
    """Content of the sentences about changed pairs against the annotators'.

    A lexicon (:mod:`mmrsicc.datasets.concepts`) says which words name one concept.
    Results in percent, over all changed pairs together, for ``objects``, ``actions``, ``places``
    (corner, both sides, beside, ...), ``counts`` and ``directions``:

    - ``content/objects_precision``: of the objects that the sentences name, the share that a
      reference of the same pair names too, whichever;
    - ``content/objects_recall``: of the objects that at least half of a pair's references name, the
      share that its sentence names too. What one annotator alone saw fit to tell need not be told.

    ``content/hallucinating_sentences`` is the share of sentences with an object that no reference
    names. A score is left out where nothing is named. A sentence that denies the change names
    nothing, which costs recall.

    Concepts are compared, not how they belong together: "two houses and a road" agrees with "a
    house and two roads".

    Args:
        collect_device: See MMEngine's ``BaseMetric``.
        prefix: In place of ``content``.
    """

    default_prefix = "content"

    def compute_metrics(self, results: list[PredictedCaption]) -> dict[str, float]:
        """Score the changed pairs and log a table."""
        scores = content_scores(sorted_pairs(results))
        print_log(f"What captions of change name\n{content_table(scores)}", logger="current")
        return scores


def content_table(scores: dict[str, float]) -> str:
    """Plain text with a row per category."""
    lines = [f"{'':12}{'precision':>10}{'recall':>10}"]
    for category in CATEGORIES:
        cells = [scores.get(f"{category}_{kind}") for kind in ("precision", "recall")]
        shown = "".join(f"{'' if cell is None else f'{cell:.2f}':>10}" for cell in cells)
        lines.append(f"{category:12}{shown}")
    if "hallucinating_sentences" in scores:
        lines.append(
            f"sentences with a hallucinated object: {scores['hallucinating_sentences']:.2f}"
        )
    return "\n".join(lines)
