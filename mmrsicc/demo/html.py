"""Small parts of the page."""

from __future__ import annotations

import numpy as np
from PIL import Image

from mmrsicc.pages import render


def fitted(pixels: np.ndarray, edge: int) -> Image.Image:
    """An (H, W, 3) uint8 image, shrunk to at most ``edge`` pixels each way."""
    image = Image.fromarray(pixels)
    image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    return image


def notice(text: str, kind: str = "") -> str:
    """A sentence to the visitor; kind ``error`` is set off."""
    return render("demo_notice.html", text=text, kind=kind)


def capital(sentence: str) -> str:
    """The sentence with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]
