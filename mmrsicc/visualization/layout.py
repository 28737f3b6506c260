"""Blocks of a page: wrapped text, and blocks beside and below one another.

Every block is a picture on white, as large as what it shows. So nothing overlaps, and no text is
cut: it makes its block higher.
"""

from collections.abc import Sequence
from functools import cache
from math import ceil
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
INK: Colour = (17, 24, 39)
GREY: Colour = (86, 94, 108)
RULE: Colour = (212, 216, 222)


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with Matplotlib, which MMEngine needs.

    Pillow's own font knows little beyond ASCII, and has no bold.
    """
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)), size)


def wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines that are at most ``width`` pixels wide.

    A word that is wider than a line is broken; nothing is left out. White space becomes single
    spaces, and characters that cannot be printed become U+FFFD.
    """
    lines = [""]
    for word in text.split():
        word = "".join(c if c.isprintable() else "\ufffd" for c in word)
        joined = f"{lines[-1]} {word}".strip()
        if font.getlength(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for character in word:
            if lines[-1] and font.getlength(lines[-1] + character) > width:
                lines.append("")
            lines[-1] += character
    return lines


def text_block(
    text: str, width: int, size: int = 15, bold: bool = False, colour: Colour = INK
) -> Image.Image:
    """Text, wrapped to ``width`` pixels; ``size`` is the font's height in pixels."""
    font = _font(size, bold)
    lines = wrap(text, font, width)
    step = round(1.35 * size)
    block = blank(ceil(max(font.getlength(line) for line in lines)), step * len(lines))
    draw = ImageDraw.Draw(block)
    for i, line in enumerate(lines):
        # Set on baselines, so that blocks with and without descenders align.
        draw.text((0, i * step + round(1.05 * size)), line, fill=colour, font=font, anchor="ls")
    return block


def badge(text: str, ground: Colour, size: int = 13) -> Image.Image:
    """A word or two in white on a rounded ground."""
    font = _font(size, bold=True)
    width, height = ceil(font.getlength(text) + 1.5 * size), round(1.8 * size)
    # Pillow's shapes are jagged unless they are drawn large and shrunk.
    large = blank(4 * width, 4 * height)
    corners = (0, 0, large.width - 1, large.height - 1)
    ImageDraw.Draw(large).rounded_rectangle(corners, 2 * height, fill=ground)
    block = large.resize((width, height), Image.Resampling.LANCZOS)
    centre = (width / 2, height / 2)
    ImageDraw.Draw(block).text(centre, text, fill=WHITE, font=font, anchor="mm")
    return block


def blank(width: int, height: int) -> Image.Image:
    """A white block."""
    return Image.new("RGB", (max(width, 1), max(height, 1)), WHITE)


def beside(blocks: Sequence[Image.Image], gap: int, centred: bool = False) -> Image.Image:
    """Blocks from left to right, their tops or their middles at one height."""
    height = max(block.height for block in blocks)
    page = blank(sum(block.width for block in blocks) + gap * (len(blocks) - 1), height)
    left = 0
    for block in blocks:
        page.paste(block, (left, (height - block.height) // 2 if centred else 0))
        left += block.width + gap
    return page


def stacked(blocks: Sequence[Image.Image], gap: int) -> Image.Image:
    """Blocks from top to bottom, their left edges in one line."""
    height = sum(block.height for block in blocks) + gap * (len(blocks) - 1)
    page = blank(max(block.width for block in blocks), height)
    top = 0
    for block in blocks:
        page.paste(block, (0, top))
        top += block.height + gap
    return page


def flow(blocks: Sequence[Image.Image], width: int, gap: int) -> Image.Image:
    """Blocks from left to right in as many rows as ``width`` pixels ask for."""
    rows: list[list[Image.Image]] = [[]]
    for block in blocks:
        if rows[-1] and sum(b.width + gap for b in rows[-1]) + block.width > width:
            rows.append([])
        rows[-1].append(block)
    return stacked([beside(row, gap, centred=True) for row in rows], gap // 2)


def widened(block: Image.Image, width: int) -> Image.Image:
    """A block with white at its right, if it is narrower than ``width``."""
    page = blank(max(width, block.width), block.height)
    page.paste(block, (0, 0))
    return page


def padded(block: Image.Image, margin: int) -> Image.Image:
    """A block with a white margin."""
    page = blank(block.width + 2 * margin, block.height + 2 * margin)
    page.paste(block, (margin, margin))
    return page


def card(block: Image.Image, width: int, height: int, margin: int) -> Image.Image:
    """A block at the top left of a frame with ``width`` x ``height`` pixels inside its margin."""
    page = blank(width + 2 * margin, height + 2 * margin)
    page.paste(block, (margin, margin))
    frame = (0, 0, page.width - 1, page.height - 1)
    ImageDraw.Draw(page).rounded_rectangle(frame, margin // 2, outline=RULE)
    return page
