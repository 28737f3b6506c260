"""The quickstart's lock, with a stand-in for all that follows."""

import os
import re
import shutil
import subprocess

import pytest
from test_cli.conftest import ROOT

LOCK = "work_dirs/.quickstart.running"


@pytest.fixture
def quickstart(tmp_path):
    """Runs the script in a folder where the set-up ends it with status 7."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "quickstart.sh", tmp_path / "tools")
    (tmp_path / "tools" / "setup_env.sh").write_text("exit 7\n")

    def run():
        script = tmp_path / "tools" / "quickstart.sh"
        return subprocess.run(["bash", script], capture_output=True, text=True)

    return run


def held_by(folder, process):
    (folder / LOCK).mkdir(parents=True)
    (folder / LOCK / "pid").write_text(f"{process}\n")


def test_it_begins_and_leaves_no_lock(quickstart, tmp_path):
    assert quickstart().returncode == 7
    assert not (tmp_path / LOCK).exists()


def test_it_runs_once_at_a_time(quickstart, tmp_path):
    held_by(tmp_path, os.getpid())
    done = quickstart()
    assert done.returncode == 1 and f"running already. If it is not, remove {LOCK}" in done.stderr
    assert (tmp_path / LOCK / "pid").is_file()


def test_the_lock_of_a_killed_one_is_taken_over(quickstart, tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    held_by(tmp_path, ended.pid)
    assert quickstart().returncode == 7
    assert not (tmp_path / LOCK).exists()


def test_it_needs_only_what_macos_has():
    """Which has neither of these."""
    scripts = [ROOT / "tools" / name for name in ("quickstart.sh", "setup_env.sh")]
    found = [
        re.findall(r"\b(?:flock|nproc|realpath|readlink|timeout)\b", s.read_text()) for s in scripts
    ]
    assert found == [[], []]
