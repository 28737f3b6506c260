"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest
from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope

ROOT = Path(__file__).parents[1]


def pytest_runtest_setup(item):
    if os.name == "nt" and item.get_closest_marker("posix"):
        pytest.skip("needs signals, fork or other things that Windows lacks")


@pytest.fixture(autouse=True)
def nothing_of_other_runs():
    """MMEngine keeps the scope and the log, with its stream, of the last run in the process."""
    DefaultScope._instance_dict.clear()
    MMLogger._instance_dict.clear()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real test data: $MMRSICC_DATA, else ../shared/data beside the repository."""
    folder = Path(os.environ.get("MMRSICC_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set MMRSICC_DATA")
    return folder
