"""Panels of the pictures of pairs: dates and masks under their names, flags, sentences."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from mmrsicc.structures import ChangeDataSample
from mmrsicc.visualization.layout import GREY, RULE, badge, beside, flow, stacked, text_block
from mmrsicc.visualization.overlay import MaskClass, area, overlay

_BADGES = {1: ("changed", (180, 60, 10)), 0: ("unchanged", (75, 85, 99))}


def panel(image: Image.Image, name: str, edge: int) -> Image.Image:
    """An image of at most ``edge`` pixels each way under its name."""
    frame = image.copy()
    ImageDraw.Draw(frame).rectangle((0, 0, frame.width - 1, frame.height - 1), outline=RULE)
    return stacked([text_block(name, edge, size=13, colour=GREY), frame], 4)


def dates(inputs: Sequence[Tensor], edge: int) -> list[Image.Image]:
    """Both dates of a pair, (3, H, W) uint8 each, scaled to fit ``edge`` x ``edge`` pixels."""
    images = [Image.fromarray(date.permute(1, 2, 0).cpu().numpy()) for date in inputs]
    factor = edge / max(images[0].size)
    width, height = (max(round(side * factor), 1) for side in images[0].size)
    return [image.resize((width, height), Image.Resampling.LANCZOS) for image in images]


def mask_panel(
    image: Image.Image, mask: np.ndarray, classes: Mapping[int, MaskClass], name: str, edge: int
) -> Image.Image:
    """A mask over the second date, under its name and how much of the area it covers."""
    return panel(overlay(image, mask, classes), f"{name}: {area(mask)}", edge)


def heading(sample: ChangeDataSample, width: int) -> Image.Image | None:
    """Pair, flag and what augmentation did, as far as they are known."""
    blocks = []
    if "pair_id" in sample:
        blocks.append(text_block(str(sample.pair_id), width, size=16, bold=True))
    if "change_flag" in sample:
        text, ground = _BADGES[int(sample.change_flag)]
        blocks.append(badge(text, ground))
    if "orientation" in sample:
        blocks.append(text_block(sample.orientation, width, size=13, colour=GREY))
    return flow(blocks, width, 12) if blocks else None


def sentences(texts: Sequence[str], width: int, bold: Collection[str] = ()) -> Image.Image:
    """A list of sentences, some of them in bold."""
    bullet = text_block("•", width, colour=GREY)
    entries = [
        beside([bullet, text_block(t, width - bullet.width - 8, bold=t in bold)], 8) for t in texts
    ]
    return stacked(entries, 3)
