"""Nothing but shell scripts needs Linux: what Windows or macOS lack is named in one place."""

import ast
import subprocess
import sys
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from mmrsicc.utils import processes
from mmrsicc.utils.processes import clean_context, peak_memory_mib, system_load

ROOT = Path(__file__).parents[2]
FILES = sorted(path for name in ("mmrsicc", "tools") for path in (ROOT / name).rglob("*.py"))
#: The place that knows systems apart.
PLACE = ROOT / "mmrsicc/utils/processes.py"

#: Modules of the standard library that Windows lacks.
MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "pty", "tty", "posix", "syslog", "curses"}
#: Functions that Windows or macOS lacks.
FUNCTIONS = {
    *("fork", "forkpty", "killpg", "getpgid", "setsid", "setpgrp", "getuid", "geteuid", "getgid"),
    *("getloadavg", "nice", "chown", "mkfifo", "sched_getaffinity", "sched_setaffinity", "statvfs"),
    *("posix_fadvise", "sendfile", "wait4", "memfd_create", "SIGKILL", "SIGALRM", "SIGHUP"),
}
#: Ways to start a process that Windows lacks, and folders that only Linux has.
WORDS = {"fork", "forkserver"}
FOLDERS = ("/proc/", "/sys/", "/dev/", "/tmp", "/var/", "/etc/", "/usr/")


def faults(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield node.module
        elif isinstance(node, ast.Attribute) and node.attr in FUNCTIONS:
            yield ast.unparse(node)
        elif isinstance(value := getattr(node, "value", None), str) and (
            value in WORDS or value.startswith(FOLDERS)
        ):
            yield value


@pytest.mark.parametrize(
    "code",
    [
        "import fcntl",
        "from resource import getrusage",
        "os.fork()",
        "signal.SIGKILL",
        "get_context('forkserver')",
        "open('/proc/meminfo')",
    ],
)
def test_a_fault_would_be_seen(code):
    assert list(faults(ast.parse(code)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_needs_linux(path):
    found = list(faults(ast.parse(path.read_text("utf-8"))))
    assert path == PLACE or not found, f"{found}: use mmrsicc/utils/processes.py"


@pytest.mark.posix
def test_where_there_is_no_fork_server_processes_start_afresh(monkeypatch):
    assert clean_context().get_start_method() == "forkserver"
    monkeypatch.setattr(processes.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert clean_context().get_start_method() == "spawn"


def test_peak_memory_counts_what_a_process_held():
    """A process begins with the peak of the one that started it, so it must hold more."""
    code = """
import numpy
from mmrsicc.utils.processes import peak_memory_mib
before = peak_memory_mib()
numpy.ones(int(before + 100) * 2**20, numpy.uint8)
print(peak_memory_mib() - before)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 100 <= float(said.stdout) < 300


def test_systems_that_count_otherwise_or_not_at_all(monkeypatch):
    here = peak_memory_mib()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert np.isclose(peak_memory_mib(), here / 1024, rtol=0.5)
    monkeypatch.setitem(sys.modules, "resource", None)
    assert isnan(peak_memory_mib())
    assert system_load() >= 0
    monkeypatch.delattr("os.getloadavg")
    assert isnan(system_load())
