"""Pictures as PNG files."""

from argparse import ArgumentTypeError
from pathlib import Path

from PIL import Image

from mmrsicc.utils import atomic_path


def png_path(value: str) -> Path:
    """A command line's picture file, checked before any work is done.

    Raises:
        ArgumentTypeError: If it does not end in ``.png``.
    """
    path = Path(value)
    if path.suffix.lower() != ".png":
        raise ArgumentTypeError(f"{value!r}: pictures are PNG files, let it end in .png")
    return path


def save_png(picture: Image.Image, path: Path) -> None:
    """Write a picture; the file appears whole or not at all."""
    with atomic_path(path) as temporary:
        picture.save(temporary, format="PNG")
