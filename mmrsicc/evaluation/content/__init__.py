"""Content of change captions: objects, actions, places, counts, directions."""

from mmrsicc.datasets.lexicon import CATEGORIES, named, unknown_words
from mmrsicc.evaluation.content.content_metric import ContentMetric
from mmrsicc.evaluation.content.content_scores import additive_content_scores, content_scores

__all__ = [
    "CATEGORIES",
    "ContentMetric",
    "additive_content_scores",
    "content_scores",
    "named",
    "unknown_words",
]
