"""Configs of the toolbox are found from every folder."""

import pytest

from mmrsicc.utils import config_file
from mmrsicc.utils.config_file import config_path, read_config


@pytest.fixture(params=["mmrsicc/.mim/configs", "configs"])
def shipped(tmp_path, monkeypatch, request):
    """A config inside an installed package, or beside one of a checkout, and another folder."""
    path = tmp_path / "site" / request.param / "dfm" / "a.py"
    path.parent.mkdir(parents=True)
    (path.parent / "base.py").write_text("x = 1")
    path.write_text('_base_ = ["./base.py"]')
    monkeypatch.setattr(config_file, "_PACKAGE", tmp_path / "site" / "mmrsicc")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return path


def test_a_shipped_config_is_found_by_its_path_in_the_repository(shipped):
    assert config_path("configs/dfm/a.py") == shipped
    assert read_config("configs/dfm/a.py").x == 1


def test_a_file_of_the_working_directory_comes_first(shipped, tmp_path):
    own = tmp_path / "elsewhere/configs/dfm/a.py"
    own.parent.mkdir(parents=True)
    own.write_text("x = 2")
    assert read_config("configs/dfm/a.py").x == 2


@pytest.mark.parametrize("path", ["configs/dfm/b.py", "dfm/a.py", "configs/../mmrsicc/x.py", ""])
def test_what_is_not_there_is_named(shipped, path):
    with pytest.raises(FileNotFoundError, match="no config at"):
        config_path(path)
