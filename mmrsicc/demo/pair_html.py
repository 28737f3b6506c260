"""A pair's answer as HTML that needs no script but one line for the slider."""

from __future__ import annotations

from typing import Any

from mmrsicc.demo.html import capital, fitted
from mmrsicc.demo.pair_answer import PairAnswer
from mmrsicc.pages import render
from mmrsicc.utils.data_uri import data_uri
from mmrsicc.visualization.heat import heat
from mmrsicc.visualization.overlay import area, mask_classes, overlay

_STAGE_EDGE = 720
_WORD_EDGE = 400


def pair_html(answer: PairAnswer, truth: str | None = None) -> str:
    """The slider, the sentence with all that is known of it, and the words' attention.

    Args:
        answer: What the model says.
        truth: What truly changed, where that is known.
    """
    before, after = (fitted(pixels, _STAGE_EDGE) for pixels in answer.pair)
    mask = answer.result.mask
    shown = None if mask is None else overlay(after, mask, mask_classes([mask]))
    return render(
        "demo_pair.html",
        ratio=before.width / before.height,
        before=data_uri(before),
        after=data_uri(after),
        masked=shown and data_uri(shown),
        area=None if mask is None else area(mask),
        sentence=capital(answer.result.caption or ""),
        probability=answer.result.change_probability,
        truth=truth and capital(truth),
        n_best=answer.result.n_best,
        **_words(answer),
    )


def _words(answer: PairAnswer) -> dict[str, Any]:
    """Words to choose from, and where each looks on both dates."""
    explanation = answer.explanation
    if explanation.attention is None:
        return {"words": []}
    levels, top = explanation.word_levels()
    dates = [fitted(pixels, _WORD_EDGE) for pixels in answer.pair]
    words = [
        {
            "text": word,
            "maps": [
                (name, data_uri(heat(date, level, explanation.covered)))
                for name, date in zip(("before", "after"), dates, strict=True)
            ],
        }
        for word, level in zip(explanation.words, levels, strict=True)
    ]
    chosen = int(levels.reshape(len(levels), -1).max(axis=1).argmax())
    return {
        "words": words,
        "chosen": chosen,
        "top": top,
        "side": explanation.attention.shape[-1],
    }
