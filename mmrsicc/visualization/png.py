"""Pictures as PNG files."""

from pathlib import Path

from PIL import Image

from mmrsicc.utils import atomic_path


def save_png(picture: Image.Image, path: Path) -> None:
    """Write a picture; the file appears whole or not at all."""
    with atomic_path(path) as temporary:
        picture.save(temporary, format="PNG")
