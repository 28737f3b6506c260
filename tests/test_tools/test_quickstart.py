"""The quickstart's lock, with a stand-in for all that follows."""

import os
import re
import shutil
import subprocess

import pytest
from test_cli.conftest import ROOT

from mmrsicc.utils.config_file import read_config

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


def test_script_and_pages_name_the_last_checkpoint_of_the_training():
    config = read_config(ROOT / "configs" / "dfm" / "dfm_quickstart.py")
    pages = [ROOT / "README.md", *ROOT.glob("docs/en/**/*.md")]
    named = re.findall(
        r"dfm_quickstart\S*/(epoch_\d+)\.pth", "".join(p.read_text("utf-8") for p in pages)
    )
    script = re.findall(r"epoch_\d+", (ROOT / "tools" / "quickstart.sh").read_text())
    assert len(named) > 3 and len(script) == 2
    assert {*named, *script} == {f"epoch_{config.train_cfg.max_epochs}"}
