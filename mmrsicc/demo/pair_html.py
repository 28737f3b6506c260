"""A pair's answer as HTML that needs no script but one line for the slider."""

from __future__ import annotations

from html import escape

import numpy as np
from PIL import Image

from mmrsicc.demo.html import capital, fitted, picture
from mmrsicc.demo.pair_answer import PairAnswer
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
    said = [_sentence(answer), _chance(answer.result.change_probability)]
    if truth is not None:
        said.append(f'<p class="rs-truth"><b>What truly changed</b> {escape(capital(truth))}.</p>')
    said.append(_n_best(answer.result.n_best))
    stage = _stage(before, after, answer.result.mask)
    return (
        f'<div style="--ratio:{before.width / before.height:.4f}"><div class="rs-top">{stage}'
        f'<div class="rs-said">{"".join(said)}</div></div>{_words(answer)}</div>'
    )


def _stage(before: Image.Image, after: Image.Image, mask: np.ndarray | None) -> str:
    """Both dates under a slider; a switch lays the mask over the second."""
    masked = switch = ""
    if mask is not None:
        shown = overlay(after, mask, mask_classes([mask]))
        masked = picture(shown, "date after under the change mask", "masked")
        switch = (
            '<label class="rs-switch"><input type="checkbox">'
            f"<span>Show the predicted change mask: {area(mask)}</span></label>"
        )
    # A range input over all of the picture: it can be dragged anywhere and moved by the keyboard.
    slider = (
        '<input type="range" min="0" max="100" value="50" step="0.1" '
        'aria-label="how much of the date before is seen" '
        "oninput=\"this.parentNode.style.setProperty('--cut', this.value + '%')\">"
    )
    return (
        '<figure class="rs-figure"><div class="rs-stage">'
        f"{picture(after, 'date after', 'after')}{masked}{picture(before, 'date before', 'before')}"
        f'<span class="edge"></span><span class="tag first">before</span>'
        f'<span class="tag second">after</span>{slider}</div>{switch}</figure>'
    )


def _sentence(answer: PairAnswer) -> str:
    return f'<p class="rs-sentence">{escape(capital(answer.result.caption or ""))}.</p>'


def _chance(probability: float | None) -> str:
    if probability is None:
        return ""
    return (
        '<div class="rs-chance"><span>Probability of change</span>'
        f"<b>{100 * probability:.1f} %</b>"
        f'<div class="bar"><div style="width:{100 * probability:.1f}%"></div></div></div>'
    )


def _n_best(sentences: list[tuple[str, float]]) -> str:
    entries = "".join(
        f"<li><span>{escape(words)}</span><b>{score:.2f}</b></li>" for words, score in sentences
    )
    return (
        f'<div class="rs-dim">Best sentences and scores</div><ol class="rs-best">{entries}</ol>'
        '<p class="rs-dim">Score: logarithm of the probability, per word; nearer to 0 is surer.</p>'
    )


def _words(answer: PairAnswer) -> str:
    """Words to choose from, and where the chosen one looks on both dates."""
    explanation = answer.explanation
    if explanation.attention is None:
        return '<p class="rs-dim">This model cannot tell where its words look.</p>'
    levels, top = explanation.word_levels()
    chosen = int(levels.reshape(len(levels), -1).max(axis=1).argmax())
    dates = [fitted(pixels, _WORD_EDGE) for pixels in answer.pair]
    cells = []
    for i, (word, level) in enumerate(zip(explanation.words, levels, strict=True)):
        maps = "".join(
            f"<figure>{picture(heat(date, level, explanation.covered), f'{word}, {name}')}"
            f"<figcaption>{name}</figcaption></figure>"
            for date, name in zip(dates, ("before", "after"), strict=True)
        )
        checked = " checked" if i == chosen else ""
        cells.append(
            f'<label class="word"><input type="radio" name="rs-word"{checked}>'
            f'<span class="chip">{escape(word)}</span><span class="maps">{maps}</span></label>'
        )
    side = explanation.attention.shape[-1]
    return (
        '<section class="rs-attention"><h3>Where each word looks</h3><p class="rs-dim">Choose a '
        f"word of the sentence. Coloured: its attention over {side} x {side} places, from the even "
        f'share <span class="ramp"></span> to {top:.1f} times that.</p>'
        f'<div class="rs-words">{"".join(cells)}</div></section>'
    )
