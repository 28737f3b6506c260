"""A stand-in for the model that comes with the package: what it says does not matter here."""

import pytest
from test_apis.conftest import checkpoint, folders

from mmrsicc import shipped
from mmrsicc.apis.publishing import publish

__all__ = ["checkpoint", "folders"]


@pytest.fixture
def stand_in(checkpoint, tmp_path, monkeypatch):
    """Takes the place of the folder of shipped models, as tests everywhere may."""
    path = tmp_path / "shipped" / "dfm-small.pth"
    publish(checkpoint, None, path)
    monkeypatch.setattr(shipped, "FOLDER", path.parent)
    return path
