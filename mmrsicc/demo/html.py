"""Small parts of the page's HTML."""

from __future__ import annotations

from html import escape

import numpy as np
from PIL import Image

from mmrsicc.utils.data_uri import data_uri


def fitted(pixels: np.ndarray, edge: int) -> Image.Image:
    """An (H, W, 3) uint8 image, shrunk to at most ``edge`` pixels each way."""
    image = Image.fromarray(pixels)
    image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    return image


def picture(image: Image.Image, name: str, kind: str = "") -> str:
    """An ``<img>`` that holds its file, so that nothing is left on the server."""
    return f'<img class="{kind}" alt="{escape(name)}" draggable="false" src="{data_uri(image)}">'


def notice(text: str, kind: str = "") -> str:
    """A sentence to the visitor; kind ``error`` is set off."""
    role = ' role="alert"' if kind == "error" else ""
    return f'<div class="rs-notice {kind}"{role}>{escape(text)}</div>'


def capital(sentence: str) -> str:
    """The sentence with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]
