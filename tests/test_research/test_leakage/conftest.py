"""Fabricated images: textures that no two tiles share, and ways to disguise a tile."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def texture() -> Callable[..., np.ndarray]:
    """(height, width) uint8 noise at all scales from a seed."""

    def make(seed: int, height: int = 256, width: int = 256) -> np.ndarray:
        generator = np.random.default_rng(seed)
        field = np.zeros((height, width), np.float32)
        for side in (4, 8, 16, 32, 64, 128):
            noise = generator.standard_normal((side, side), dtype=np.float32) * 60 / side**0.5
            field += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.clip(field + 120, 0, 255).astype(np.uint8)

    return make


@pytest.fixture
def disguise() -> Callable[..., np.ndarray]:
    """Another brightness and contrast, and JPEG."""

    def change(
        grey: np.ndarray, gain: float = 0.8, offset: float = 20, quality: int = 40
    ) -> np.ndarray:
        buffer = BytesIO()
        changed = np.clip(grey * gain + offset, 0, 255).astype(np.uint8)
        Image.fromarray(changed).save(buffer, format="JPEG", quality=quality)
        return np.array(Image.open(buffer))

    return change


@pytest.fixture
def write_pair() -> Callable[..., None]:
    """Writes both dates of a pair as ROOT/A/NAME.png and ROOT/B/NAME.png."""

    def write(root: Path, name: str, before: np.ndarray, after: np.ndarray) -> None:
        for date, image in (("A", before), ("B", after)):
            (root / date).mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(root / date / f"{name}.png")

    return write
