"""What hostile files are made with, and what tells that one of them ran something."""

import pytest

#: Written by everything that must not run.
CANARY = "RAN"

_MODULE = "open('RAN', 'w').close()\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder; modules ``Evil`` and ``evil.registry`` that tell of their import."""
    modules = tmp_path / "modules"
    (modules / "evil").mkdir(parents=True)
    for name in ("Evil.py", "evil/__init__.py", "evil/registry.py"):
        (modules / name).write_text(_MODULE)
    monkeypatch.syspath_prepend(modules)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder
    assert not (folder / CANARY).exists(), "a file ran code"


def assert_one_line(error, *said):
    """That a message is one line, and says where and what."""
    message = str(error.value)
    assert "\n" not in message.strip(), message
    for words in said:
        assert words in message, message
