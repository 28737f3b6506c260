"""The scripts in tools/ are the commands under other names."""

import re
import subprocess
import sys

import pytest
from test_cli.conftest import MMRSICC, ROOT

from mmrsicc.cli.main import GROUPS

DOORS = {
    path: found[1]
    for path in sorted((ROOT / "tools").rglob("*.py"))
    if (found := re.search(r'main\(\["([a-z-]+)", \*sys\.argv\[1:\]\]\)', path.read_text()))
}
#: Commands that had no script before they were commands.
NEW = {"batch", "convert-mat", "demo", "detect", "info", "make-captions", "merge", "scene"}
NEW |= {"webdataset"}


def help_of(*command):
    done = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("door", DOORS, ids=lambda path: path.stem)
def test_a_door_shows_the_help_of_its_command(door):
    assert help_of(sys.executable, str(door)) == help_of(*MMRSICC, DOORS[door])


def test_every_old_command_has_one_door():
    commands = {name for names in GROUPS.values() for name in names}
    assert sorted(DOORS.values()) == sorted(commands - NEW)


def test_other_scripts_are_benchmarks_trials_and_the_one_for_a_cluster():
    others = {path.stem for path in (ROOT / "tools").rglob("*.py")} - {p.stem for p in DOORS}
    rest = {name for name in others if not name.startswith("benchmark")}
    measures = {"measure_scenes", "measure_generated_scene"}
    assert len(others) > 1 and rest == {
        *measures,
        "rank_agreement",
        "ray_scene",
        "try_package",
    }
