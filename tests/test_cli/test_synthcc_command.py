"""``mmrsicc synthcc``: kills, full disks and wrong arguments."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from test_cli.conftest import MMRSICC, ROOT

from mmrsicc.cli.main import main
from mmrsicc.datasets.levir_cc import LEVIRCCDataset
from mmrsicc.datasets.verify import verify_captions
from mmrsicc.synthcc import Settings, write_data_set
from mmrsicc.utils.locks import LOCK_FILE

CAPTIONS = "LevirCCcaptions.json"
SETTINGS = ("--num-pairs", "8", "--size", "128", "--seed", "2")

#: Runs the command, but dies half way through writing its tenth image.
DIE = """
import os, signal, sys
from pathlib import Path
from mmrsicc.cli.main import main

written, write = [], Path.write_bytes

def die(path, content):
    written.append(path)
    if len(written) == 10:
        write(path, content[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    return write(path, content)

Path.write_bytes = die
main(["synthcc", *sys.argv[1:]])
"""


@pytest.fixture
def make():
    """Runs the command."""
    return lambda *arguments: main(["synthcc", *map(str, arguments)])


def refusal(make, *arguments):
    """Message with which the command refuses to go on; exit code 1."""
    with pytest.raises(SystemExit) as stop:
        make(*arguments)
    assert isinstance(stop.value.code, str), "a message, which Python prints and exits with code 1"
    return stop.value.code


def files_of(root):
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    root = tmp_path_factory.mktemp("synthcc") / "whole"
    list(write_data_set(root, Settings(8, seed=2, size=128)))
    return files_of(root)


def test_writes_what_the_library_writes(make, whole, tmp_path, capsys):
    make(tmp_path / "new" / "data", *SETTINGS)
    assert files_of(tmp_path / "new" / "data") == whole
    assert re.search(r"8 pairs in .*data; made 8 of them in [\d.]+ s", capsys.readouterr().out)
    make(tmp_path / "new" / "data", *SETTINGS)
    assert "made 0 of them" in capsys.readouterr().out


@pytest.mark.posix
def test_a_killed_run_is_resumed(make, whole, tmp_path, capsys):
    root = tmp_path / "data"
    command = [sys.executable, "-c", DIE, root, *SETTINGS]
    killed = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, timeout=300)
    assert killed.returncode == -signal.SIGKILL

    (root / LOCK_FILE).unlink()  # A lock that nobody holds; the next run would take it.
    left = files_of(root)
    halves = [path for path in left if path not in whole]
    assert len(halves) == 1 and Path(halves[0]).name.startswith(".")
    assert CAPTIONS not in left and len([path for path in left if "events" in path]) == 3
    for path in left.keys() - halves:
        assert left[path] == whole[path]
        if path.endswith(".png"):
            with Image.open(root / path) as image:
                image.load()
    with pytest.raises(FileNotFoundError, match="no caption file"):
        LEVIRCCDataset(data_root=str(root))

    make(root, *SETTINGS)
    assert "made 5 of them" in capsys.readouterr().out
    assert verify_captions(root) == []
    assert files_of(root) == whole


def test_a_disk_that_fills_up(make, whole, tmp_path, monkeypatch):
    root, write = tmp_path / "data", Path.write_bytes

    def fill_up(path, content):
        if "train_000002" in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fill_up)
        message = refusal(make, root, *SETTINGS)
    assert (
        "No space left on device" in message
        and "free some disk space and run the same command" in message
    )
    assert CAPTIONS not in files_of(root)
    assert files_of(root).keys() < whole.keys()
    make(root, *SETTINGS)
    assert files_of(root) == whole


def test_a_write_that_truly_fails(tmp_path):
    """By two workers under a limit on the size of files."""
    command = f"ulimit -f 12; exec {' '.join(MMRSICC)} synthcc {tmp_path}/data --workers 2"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        ["bash", "-c", f"{command} {' '.join(SETTINGS)}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1
    assert "[Errno 27] File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("data/images/*/A/*.png"))
    assert not (tmp_path / "data" / CAPTIONS).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--num-pairs", "4"), "4 pairs do not fill 5 splits: ask for at least 5"),
        (("--size", "32"), "size=32: choose"),
        (("--unchanged", "50"), "unchanged=50.0: give a share from 0 to 1"),
    ],
)
def test_impossible_settings(make, tmp_path, arguments, message):
    assert message in refusal(make, tmp_path / "data", *arguments)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--workers", "0"), "0: give 1 or more"),
        (("--size", "large"), "argument --size: invalid int value: 'large'"),
        (("--num_pairs", "9"), "unrecognized arguments: --num_pairs"),
    ],
)
def test_wrong_usage(make, tmp_path, arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        make(tmp_path / "data", *arguments)
    assert stop.value.code == 2 and message in capsys.readouterr().err


def test_other_settings_in_the_same_folder(make, tmp_path):
    make(tmp_path / "data", "--num-pairs", "5", "--size", "128")
    files = files_of(tmp_path / "data")
    for change in (("--seed", "1"), ("--unchanged", "0.4")):
        message = refusal(make, tmp_path / "data", "--num-pairs", "5", "--size", "128", *change)
        assert "holds a SynthCC made with" in message and "choose another folder" in message
    assert files_of(tmp_path / "data") == files


def test_folders_that_hold_something_else(make, tmp_path):
    (tmp_path / "thesis.txt").write_text("do not touch")
    assert f"{tmp_path} is not empty and holds no SynthCC" in refusal(make, tmp_path, *SETTINGS)
    assert list(files_of(tmp_path)) == ["thesis.txt"]
    message = refusal(make, tmp_path / "thesis.txt", *SETTINGS)
    assert "thesis.txt" in message and "free some disk space" not in message


def test_a_damaged_settings_file_is_named(make, tmp_path):
    for content in ("{", json.dumps([1])):
        (tmp_path / "synthcc.json").write_text(content)
        assert str(tmp_path) in refusal(make, tmp_path, *SETTINGS)


def test_lost_images_are_drawn_again(make, whole, tmp_path, capsys):
    root = tmp_path / "data"
    make(root, *SETTINGS)
    next(root.glob("images/train/A/*.png")).unlink()
    next(root.glob("images/test/label/*.png")).unlink()
    make(root, *SETTINGS)
    assert "made 2 of them" in capsys.readouterr().out
    assert files_of(root) == whole
    damaged = next(root.glob("events/train/*.json"))
    damaged.write_text("{")
    assert f"{damaged} is damaged: remove it" in refusal(make, root, *SETTINGS)


def test_ctrl_c_ends_as_of_every_command(make, tmp_path, monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("mmrsicc.synthcc.write_data_set", stop)
    with pytest.raises(SystemExit) as stopped:
        make(tmp_path / "data", *SETTINGS)
    assert stopped.value.code == 130
    assert "run the same command again to continue" in capsys.readouterr().err
