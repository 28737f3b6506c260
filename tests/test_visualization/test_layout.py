"""Text on pages: nothing is cut, whatever it holds."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mmrsicc.visualization.layout import _font, beside, blank, flow, stacked, text_block, wrap

TEXTS = [
    "some houses are built along1side the t-shaped road",
    "Straße überquert, Дом построен, 新しい建物が道路沿いに建てられた, بناء 🛰 ①",
    "x" * 500,
    "a\tb\nc  d",
    "",
]


def ink(picture):
    return np.asarray(picture.convert("L")) < 255


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [40, 150, 1000])
def test_wrapping_keeps_every_character_and_the_width(text, width):
    font = _font(15, bold=False)
    lines = wrap(text, font, width)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(font.getlength(line) <= width for line in lines)


def test_a_word_moves_to_the_next_line_whole():
    font = _font(15, bold=False)
    width = int(font.getlength("a house")) + 1
    assert wrap("a house and a road", font, width) == ["a house", "and a", "road"]


def test_characters_that_cannot_be_printed_are_marked():
    assert wrap("a\x00b \ud800", _font(15, False), 500) == ["a\ufffdb \ufffd"]


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", TEXTS[:3])
def test_no_ink_is_cut_off(text, bold):
    block = text_block(text, 150, size=15, bold=bold)
    font = _font(15, bold)
    roomy = Image.new("RGB", (600, 2000), "white")
    for i, line in enumerate(wrap(text, font, 150)):
        ImageDraw.Draw(roomy).text((200, 100 + 40 * i), line, font=font, fill=(17, 24, 39))
    # Letters that lean out of their box may lose the faint edge of a pixel's smoothing.
    assert ink(block).sum() == pytest.approx(ink(roomy).sum(), rel=0.02)


def test_blocks_do_not_overlap():
    blocks = [Image.new("RGB", size, "black") for size in ((30, 10), (20, 40), (50, 5))]
    total = sum(block.width * block.height for block in blocks)
    for page in (beside(blocks, 3), stacked(blocks, 3), flow(blocks, 60, 8)):
        assert ink(page).sum() == total
    assert beside(blocks, 3).size == (106, 40) and stacked(blocks, 3).size == (50, 61)
    assert flow(blocks, 60, 8).size == (58, 49)  # 30 + 8 + 20 wide, 40 + 4 + 5 high


def test_beside_puts_tops_or_middles_at_one_height():
    small = Image.new("RGB", (1, 2), "black")
    assert np.flatnonzero(ink(beside([small, blank(1, 10)], 0))[:, 0]).tolist() == [0, 1]
    centred = ink(beside([small, blank(1, 10)], 0, centred=True))
    assert np.flatnonzero(centred[:, 0]).tolist() == [4, 5]
