"""The metric of change captioning: caption scores and the change flag."""

from collections.abc import Sequence

from mmengine.logging import print_log

from mmrsicc.evaluation.caption_metric import CaptionMetric
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.scores.caption_scores import SCORERS, MeteorKind, check_scorers
from mmrsicc.evaluation.scores.change_scores import change_caption_scores
from mmrsicc.evaluation.scores.java import find_java
from mmrsicc.evaluation.scores.protocols import build_protocol
from mmrsicc.evaluation.scores.tables import score_table
from mmrsicc.registry import METRICS
from mmrsicc.utils.counts import counted


@METRICS.register_module()
class ChangeCaptionMetric(CaptionMetric):
    """Score predicted sentences over all pairs, the changed ones and the unchanged ones.

    Results, in percent but for counts:

    - ``BLEU-1`` to ``BLEU-4``, ``METEOR``, ``ROUGE-L``, ``CIDEr-D``, ``Sm`` (S*m) over all pairs;
    - the same as ``change/...`` and ``no_change/...`` over the pairs whose ``change_flag`` is 1 and
      0, each subset scored by itself. There is no ``no_change/CIDEr-D``, which is 0 by construction
      where all unchanged pairs share their references (words that stand in every pair weigh
      nothing), and hence no ``no_change/Sm``;
    - the same as ``canonical/...`` over all pairs, with one stock sentence in the place of every
      predicted no-change sentence: it does not matter there which of them is said. Left out if no
      reference is a no-change sentence;
    - ``flag_accuracy``, ``flag_precision``, ``flag_recall`` and the counts ``flag_TP``,
      ``flag_FP``, ``flag_FN``, ``flag_TN``: a sentence says that there is a change unless it is a
      no-change sentence; a change is positive. A ratio without denominator is left out, such as
      the precision of a system that never says that something changed;
    - ``swing/BLEU-4``, ``swing/CIDEr-D``, ``swing/Sm``: best minus worst of these scores over all
      pairs if the system always took the same one of the references' no-change sentences;
    - ``empty_captions``, how many sentences are empty; they are scored as such.

    What needs flags is left out if the flag of any pair is unknown. Pairs are sorted by id before
    scoring, so the numbers do not depend on the number of processes. See
    :func:`mmrsicc.evaluation.scores.caption_scores.caption_scores` for each score.

    Args:
        scorers: Which of BLEU, METEOR, ROUGE-L and CIDEr-D to compute. Without one of the four
            parts there is no ``Sm``.
        protocol: ``word``, ``legacy_ids`` or ``ptb``, see
            :mod:`mmrsicc.evaluation.scores.protocols`. The flags are derived from the words,
            whatever the protocol.
        vocabulary: For ``legacy_ids``: JSON file of numbers by word, or name of a preset.
        ann_file: For a preset: caption file whose words it counts.
        meteor: ``python``, or ``java`` for the original program, which is slower.
        collect_device: See MMEngine's ``BaseMetric``.
        prefix: Put before every result name.

    Raises:
        FileNotFoundError: No such vocabulary or caption file.
        ValueError: An unknown scorer, METEOR or protocol, or a vocabulary that does not serve.
        RuntimeError: METEOR in Java or PTB tokens are wanted and there is no Java.
    """

    # MMEngine warns if the prefix is None; these scores need no prefix.
    default_prefix = ""

    def __init__(
        self,
        scorers: Sequence[str] = SCORERS,
        protocol: str = "word",
        vocabulary: str | None = None,
        ann_file: str | None = None,
        meteor: MeteorKind = "python",
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        check_scorers(scorers, meteor)
        if "METEOR" in scorers and meteor == "java":
            find_java()  # A missing Java must raise an error before training.
        self.scorers = tuple(scorers)
        self.protocol = build_protocol(protocol, vocabulary, ann_file)
        self.meteor = meteor

    def compute_metrics(self, results: list[PredictedCaption]) -> dict[str, float]:
        """Score all pairs and log a table."""
        pairs = sorted_pairs(results)
        scores = change_caption_scores(pairs, self.scorers, self.protocol, self.meteor)
        title = f"Scores of {counted(len(pairs), 'pair')}, in percent"
        print_log(f"{title}\n{score_table(scores)}", logger="current")
        return scores
