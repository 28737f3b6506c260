import pytest

from mmrsicc.utils import atomic_path


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
