"""Retrieval metric: how often a caption finds its own pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from mmengine.logging import print_log

from mmrsicc.evaluation.caption_metric import CaptionMetric
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.scores.changed import is_changed
from mmrsicc.registry import METRICS, MODELS

if TYPE_CHECKING:
    from mmrsicc.models.text_encoders import TextEncoder

RANKS = (1, 5, 10)

#: Tolerance for equal cosines: sums in another order differ in the last bits.
_TIE = 1e-6


@METRICS.register_module()
class RetrievalMetric(CaptionMetric):
    """Retrieval: how often a caption finds its own pair among all changed pairs.

    Captions and references are embedded by a sentence encoder. A pair's prototype is the mean of
    its references' embeddings, of length 1; a caption ranks all changed pairs by the cosine with
    their prototypes. Results: ``retrieval/R@1``, ``retrieval/R@5`` and ``retrieval/R@10``, the
    percentage of changed pairs that are among the first 1, 5 and 10 that their caption finds.

    Prototypes that are equally near count as drawn in random order: of t pairs that tie for the
    places after the first a, a caption scores the share of the k - a remaining places in t. So a
    system that says the same of every pair scores chance, k of n, and pairs with equal references
    never decide by a lucky draw.

    Args:
        text_encoder: Config of a sentence encoder. The default comes with the installation.
        collect_device: See MMEngine's ``BaseMetric``.
        prefix: In place of ``retrieval``.
    """

    default_prefix = "retrieval"

    def __init__(
        self,
        text_encoder: dict[str, Any] | None = None,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.encoder: TextEncoder = MODELS.build(
            text_encoder
            or {
                "type": "SentenceTransformerEncoder",
                "model": "sentence-transformers/all-MiniLM-L6-v2",
                "embed_dims": 384,
            }
        )

    def compute_metrics(self, results: list[PredictedCaption]) -> dict[str, float]:
        """Embed all sentences and rank."""
        scores = retrieval_scores(results, self.encoder)
        shown = ", ".join(f"{name} {value:.2f}" for name, value in scores.items())
        print_log(f"Pairs found by their caption, in percent: {shown}", logger="current")
        return scores


def retrieval_scores(records: Sequence[PredictedCaption], encoder: TextEncoder) -> dict[str, float]:
    """The results of :class:`RetrievalMetric`, without its prefix; none without changed pairs."""
    changed = [record for record in sorted_pairs(records) if is_changed(record)]
    if not changed:
        return {}
    sentences = sorted({text for r in changed for text in (r.caption, *r.references)})
    embedding = dict(zip(sentences, encoder.encode(sentences).astype(np.float64), strict=True))
    captions = np.stack([embedding[record.caption] for record in changed])
    means = [np.mean([embedding[text] for text in r.references], axis=0) for r in changed]
    prototypes = np.stack([mean / max(float(np.linalg.norm(mean)), 1e-12) for mean in means])
    found = recall_at(captions @ prototypes.T, RANKS)
    return {f"R@{k}": 100 * float(found[i].mean()) for i, k in enumerate(RANKS)}


def recall_at(similarity: np.ndarray, ranks: Sequence[int]) -> np.ndarray:
    """Recall at k of each query, ties in random order.

    Args:
        similarity: (N, N), query i against candidate j; candidate i is the right one.
        ranks: K values of k.

    Returns:
        (K, N) probabilities.
    """
    own = np.diagonal(similarity)[:, None]
    before = (similarity > own + _TIE).sum(axis=1)
    tied = (np.abs(similarity - own) <= _TIE).sum(axis=1)
    return np.stack([np.clip((k - before) / tied, 0, 1) for k in ranks])
