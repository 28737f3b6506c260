"""Parts of a picture that show an :class:`~mmrsicc.visualization.explanation.Explanation`."""

from collections.abc import Sequence

from PIL import Image
from torch import Tensor

from mmrsicc.visualization.explanation import Explanation
from mmrsicc.visualization.heat import heat, scale_bar
from mmrsicc.visualization.layout import (
    GREY,
    RULE,
    Colour,
    beside,
    stacked,
    text_block,
    widened,
)
from mmrsicc.visualization.panels import dates, panel

WORD_EDGE = 120
MAP_EDGE = 200
GAP = 10
BAR: Colour = (215, 25, 32)


def _section(title: str, remark: str, width: int, blocks: list[Image.Image]) -> Image.Image:
    """A part of a picture under its title and a line that says how to read it."""
    head = text_block(title, width, size=16, bold=True)
    return stacked([head, text_block(remark, width, size=13, colour=GREY), *blocks], 8)


def words_section(inputs: Sequence[Tensor], explanation: Explanation, width: int) -> Image.Image:
    """Each word over the places that it comes from, on both dates.

    Args:
        inputs: Before and after, (3, H, W) uint8 RGB each.
        explanation: With ``attention``.
        width: Pixels to fill.
    """
    assert explanation.attention is not None
    layers, _, side, _ = explanation.attention.shape
    levels, top = explanation.word_levels()
    images = dates(inputs, WORD_EDGE)
    cells = []
    for word, level in zip(explanation.words, levels, strict=True):
        over = [heat(image, level, explanation.covered) for image in images]
        name = text_block(word, WORD_EDGE, size=14, bold=True)
        cells.append(widened(stacked([name, *over], 4), WORD_EDGE))
    columns = max((width + GAP) // (WORD_EDGE + GAP), 1)
    rows = [beside(cells[i : i + columns], GAP) for i in range(0, len(cells), columns)]
    which = "the decoder's layer" if layers == 1 else f"the decoder's {layers} layers"
    places = f"times the even share of {1 / side**2:.3f}, on a logarithmic scale"
    return _section(
        "Where each word looks",
        f"Cross-attention, the mean over the heads of {which}: one map of {side} x {side} places, "
        "over the date before (above) and after (below).",
        width,
        [stacked(rows, GAP), scale_bar("1", f"{top:.1f}", places, width)],
    )


def scales_section(inputs: Sequence[Tensor], explanation: Explanation, width: int) -> Image.Image:
    """Section: share of each scale of the neck at each place."""
    assert explanation.scale_weights is not None
    maps = list(explanation.scale_weights)
    return _section(
        "What each scale counts for",
        "The neck's weights of its scales, from the finest (1); at each place they add up to 1.",
        width,
        _maps(inputs, maps, explanation.covered, width),
    )


def gates_section(inputs: Sequence[Tensor], explanation: Explanation, width: int) -> Image.Image:
    """Section: openness of the neck's gates to the change detector at each scale."""
    return _section(
        "How far the gates to the change detector are open",
        "Openings of the neck's gates at each scale, from the finest (1), the mean over channels: "
        "0 is shut, 1 is open.",
        width,
        _maps(inputs, explanation.change_gates, explanation.covered, width),
    )


def _maps(
    inputs: Sequence[Tensor], maps: Sequence[Tensor], covered: tuple[float, float], width: int
) -> list[Image.Image]:
    """Maps over the second date, each with its mean as a number and as a bar, and their colours."""
    gap = 2 * GAP
    edge = min((width + gap) // len(maps) - gap, MAP_EDGE)
    _, after = dates(inputs, edge)
    top = max(float(values.max()) for values in maps) or 1.0
    cells = []
    for k, values in enumerate(maps, start=1):
        mean = float(values.mean())
        image = heat(after, values.numpy() / top, covered)
        name = f"scale {k}, mean {mean:.3f}"
        cells.append(stacked([panel(image, name, edge), _bar(mean, after.width)], 6))
    legend = scale_bar("0", f"{top:.3f}", "in the maps; the bars below them run from 0 to 1", width)
    return [beside(cells, gap), legend]


def _bar(value: float, width: int) -> Image.Image:
    """A bar of ``width`` pixels, filled up to a value between 0 and 1."""
    page = Image.new("RGB", (width, 8), RULE)
    page.paste(BAR, (0, 0, round(width * min(value, 1.0)), 8))
    return page
