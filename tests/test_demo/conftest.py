"""The page speaks with the model of the inferencer's tests: what is said does not matter here."""

import numpy as np
import pytest
from PIL import Image
from test_apis.conftest import checkpoint

__all__ = ["checkpoint"]


@pytest.fixture
def image(tmp_path):
    """Writes an array as a file and returns its path."""

    def write(name, pixels, **options):
        Image.fromarray(np.asarray(pixels)).save(tmp_path / name, **options)
        return str(tmp_path / name)

    return write


@pytest.fixture
def noise():
    """Pixels of a shape."""
    generator = np.random.default_rng(0)
    return lambda *shape: generator.integers(256, size=shape).astype(np.uint8)
