"""A process does not outlive the one that started it."""

import os
import subprocess
import sys

import pytest

from mmrsicc.utils.processes import stop_with_parent

#: Starts a child that would sleep for long, tells its id, and waits.
STARTS_A_CHILD = """
import os, sys, time
from multiprocessing import get_context
from mmrsicc.utils.processes import stop_with_parent

def child(told):
    stop_with_parent()
    told.put(os.getpid())
    time.sleep(600)

if __name__ == "__main__":
    context = get_context(sys.argv[1])
    told = context.SimpleQueue()
    context.Process(target=child, args=(told,)).start()
    print(told.get(), flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_process_ends_when_its_parent_is_killed(tmp_path, method):
    script = tmp_path / "starts_a_child.py"
    script.write_text(STARTS_A_CHILD)
    with subprocess.Popen([sys.executable, script, method], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)  # It lives.
        parent.kill()
        # The pipe ends with the last process that holds it, which is the child.
        assert parent.communicate(timeout=60) == (b"", None)


def test_a_process_that_nobody_started_stays():
    stop_with_parent()
