"""Locks that hold on every system."""

import signal
import subprocess
import sys

import pytest

from mmrsicc.utils import only_writer

HOLD = """
import sys, time
from mmrsicc.utils import only_writer
with only_writer(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""

#: Imports everything as on Windows, which has none of these modules.
IMPORT = """
import builtins, importlib, pkgutil
import_it, missing = builtins.__import__, {"fcntl", "resource", "pwd", "grp", "termios", "pty"}

def as_on_windows(name, globals=None, *rest, **named):
    scope = globals or {}
    if name in missing and scope.get("__name__", "").startswith("mmrsicc"):
        raise ModuleNotFoundError(f"{scope['__name__']} imports {name}")
    return import_it(name, globals, *rest, **named)

builtins.__import__ = as_on_windows
import mmrsicc
count = 0
for module in pkgutil.walk_packages(mmrsicc.__path__, "mmrsicc."):
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        if error.name is None:  # ours, not that of an optional package
            raise
    count += 1
print(count)
"""


def test_a_folder_has_one_writer_and_is_free_again(tmp_path):
    with (
        only_writer(tmp_path),
        pytest.raises(ValueError, match="is being written by another process"),
        only_writer(tmp_path),
    ):
        pass
    with only_writer(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.posix
def test_the_lock_of_a_killed_process_is_free(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ValueError, match="another process"), only_writer(tmp_path):
            pass
        process.send_signal(signal.SIGKILL)
    with only_writer(tmp_path):
        pass


def test_everything_can_be_imported_without_what_windows_lacks():
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.split()[-1]) > 200
