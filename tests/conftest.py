"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real test data: $MMRSICC_DATA, else ../shared/data beside the repository."""
    folder = Path(os.environ.get("MMRSICC_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set MMRSICC_DATA")
    return folder
