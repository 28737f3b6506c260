import os
import stat

import pytest

from mmrsicc.utils import atomic_path
from mmrsicc.utils.files import leaves_folder


def test_the_file_appears_whole_with_an_ordinary_mode(tmp_path):
    target = tmp_path / "new" / "out.txt"
    with atomic_path(target) as path:
        path.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole" and [p.name for p in target.parent.iterdir()] == [
        "out.txt"
    ]
    (tmp_path / "plain").touch()
    assert target.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_failed_block_leaves_the_old_file_and_no_litter(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as path:
        path.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["out.txt"]


def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ""):
        with pytest.raises(ValueError, match="is no file"), atomic_path(tmp_path / name):
            pass
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_an_error_names_the_file_that_was_asked_for(tmp_path, monkeypatch):
    def refuse(**options):
        raise PermissionError(13, "Permission denied", f"{options['dir']}/.out.txt.q1w2")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(PermissionError) as caught, atomic_path(tmp_path / "out.txt"):
        pass
    assert caught.value.filename == str(tmp_path / "out.txt")


@pytest.mark.posix
def test_content_is_on_the_disk_before_the_name_is_and_then_the_name(tmp_path, monkeypatch):
    done = []

    def fsync(handle):
        file = os.fstat(handle)
        kind = "folder" if stat.S_ISDIR(file.st_mode) else f"file of {file.st_size}"
        done.append((kind, (tmp_path / "out.txt").exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_path(tmp_path / "out.txt") as path:
        path.write_text("whole")
    assert done == [("file of 5", False), ("folder", True)]


@pytest.mark.parametrize(
    ("name", "leaves"),
    [
        *[
            (name, True)
            for name in ("..", "../a", "a/../b", "/a", "\\a", "C:\\a", "c:/a", "c:a", "a\0b")
        ],
        *[(name, False) for name in ("a", "a/b.png", "a..b", "...", "2020:05.png", "a b/c")],
    ],
)
def test_paths_that_lead_out_of_a_folder(name, leaves):
    assert leaves_folder(name) is leaves
