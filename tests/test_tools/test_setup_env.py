"""Which environments tools/setup_env.sh makes, uses and removes, with a stand-in for Python."""

import os
import shutil
import subprocess

import pytest
from test_cli.conftest import ROOT

PYTHON = """#!/bin/sh
if [ "$*" = "-m venv .venv" ]; then
    mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    echo "VIRTUAL_ENV='$PWD/.venv' PATH='$PWD/.venv/bin':\\$PATH" >.venv/bin/activate
fi
"""


@pytest.fixture
def clone(tmp_path):
    """A folder with the script, in which nothing is to be installed."""
    folder = tmp_path / "a clone"
    (folder / "tools").mkdir(parents=True)
    (folder / "requirements").mkdir()
    (folder / "setup.py").touch()
    shutil.copy(ROOT / "tools" / "setup_env.sh", folder / "tools")
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    return folder


def set_up(folder):
    variables = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    variables["PYTHON"] = str(folder.parent / "python")
    command = ["bash", "-euc", 'source tools/setup_env.sh train; echo "$VIRTUAL_ENV"']
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)


def test_an_environment_is_made_once(clone):
    done = set_up(clone)
    assert done.returncode == 0 and done.stdout == f"{clone}/.venv\n", done.stderr
    (clone / ".venv" / "kept").touch()
    assert set_up(clone).returncode == 0
    assert (clone / ".venv" / "kept").exists()


def test_one_that_was_moved_is_made_again(clone):
    set_up(clone)
    (clone / ".venv" / "old").touch()
    moved = clone.rename(clone.with_name("moved"))
    assert set_up(moved).stdout == f"{moved}/.venv\n"
    assert not (moved / ".venv" / "old").exists()


def test_one_of_others_is_never_removed(clone):
    own = clone / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.write_text("#!/bin/sh\nexit 1\n")  # As where there is no pip.
    own.chmod(0o755)
    done = set_up(clone)
    assert done.returncode == 1 and ".venv has no pip or does not run" in done.stderr
    # It runs, but was made in another folder.
    own.write_text("#!/bin/sh\n")
    (own.parent / "activate").write_text("VIRTUAL_ENV=/no/such/.venv")
    done = set_up(clone)
    assert done.returncode == 1 and "was made in another folder" in done.stderr
    assert own.exists()
