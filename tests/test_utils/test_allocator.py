import os
import subprocess
import sys

import pytest

from mmrsicc.utils.allocator import keep_freed_memory

pytestmark = pytest.mark.posix

#: Page faults of rounds that take and free four blocks of 8 MiB, after some others.
ROUNDS = """
import resource
import sys

import torch

from mmrsicc.utils.allocator import keep_freed_memory


def take():
    for block in [torch.ones(2**21) for _ in range(4)]:
        del block


if "set" in sys.argv and not keep_freed_memory():
    sys.exit(3)
for _ in range(20):  # Until the heap is as large as it gets.
    take()
start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    take()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start)
"""


def faults(*words, **settings):
    done = subprocess.run(
        [sys.executable, "-c", ROUNDS, *words],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 3:
        pytest.skip("another C library than glibc")
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_what_was_freed_is_found_again_without_page_faults():
    # By default it depends on what lies behind blocks whether they are given back; here all are.
    given_back = faults(MALLOC_MMAP_THRESHOLD_="131072")
    assert faults("set") < 0.1 * given_back


@pytest.mark.parametrize(
    "name, value",
    [
        ("MALLOC_TOP_PAD_", "65536"),
        ("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=131072"),
    ],
)
def test_what_the_user_set_stays(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert not keep_freed_memory()


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_freed_memory()
