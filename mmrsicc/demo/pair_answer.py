"""Answer about a pair: the sentence, and where its words look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmrsicc.apis import CaptionResult, ChangeCaptionInferencer, image_pipeline
from mmrsicc.apis.pair_loading import PairLoader
from mmrsicc.demo.uploads import UploadedPair
from mmrsicc.visualization import Explanation, explain


@dataclass(frozen=True)
class PairAnswer:
    """Everything that the page shows of a pair.

    Attributes:
        pair: (2, H, W, 3) uint8 RGB, before and after.
        result: Sentences, probability of change, mask.
        explanation: Attention of the words of the best sentence.
    """

    pair: np.ndarray
    result: CaptionResult
    explanation: Explanation


def answer_pair(
    captioner: ChangeCaptionInferencer, pair: UploadedPair, n_best: int = 1
) -> PairAnswer:
    """Captions a pair.

    Args:
        captioner: Of whose decoding there are at least ``n_best`` sentences, so that the
            explained sentence is the best of them.
        pair: What was uploaded.
        n_best: Sentences wanted.

    Raises:
        ValueError: The model's pipeline cannot use the pair.
    """
    dates = pair.values
    (result,) = captioner([dates], n_best=n_best, progress=False, skip_broken=False)
    loaded = PairLoader(image_pipeline(captioner.model).transforms).load(dates, skip_broken=False)
    explanation = explain(captioner.model, {"inputs": loaded.inputs})
    return PairAnswer(pair.picture, result, explanation)
