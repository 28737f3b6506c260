"""Damaged files of every kind: each is read, or refused in one line that names the file.

A few of each kind run with all tests. For minutes, all kinds with this many seconds each:

    MMRSICC_FUZZ_SECONDS=10 python -m pytest -n0 tests/fuzz

A failure names kind and seed, and leaves the damaged file. One kind alone: ``-k "scene"``; other
files of it: ``MMRSICC_FUZZ_SEED=1000``.
"""

import os
import signal
import time
import warnings
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count

import numpy as np
import pytest
from fuzz import checkpoints, images, text

from mmrsicc.utils.quiet import warnings_only

pytestmark = pytest.mark.slow

KINDS = images.KINDS | text.KINDS | checkpoints.KINDS
if find_spec("geopandas"):
    from fuzz import scenes

    KINDS |= scenes.KINDS

SECONDS = float(os.environ.get("MMRSICC_FUZZ_SECONDS", 0))
FIRST = int(os.environ.get("MMRSICC_FUZZ_SEED", 0))

#: Files of each kind that are read at least.
_FEWEST = 6
#: Seconds that a file may take.
_LONGEST = 10


@contextmanager
def no_hang(name):
    """Fails after some seconds, where the system has alarms."""

    def give_up(*_):
        raise AssertionError(f"{name}: still reading after {_LONGEST} seconds")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def assert_names_the_file(error, path, name):
    message = str(error)
    names = (str(path), str(path.parent))
    assert any(place in message for place in names), f"{name}: names no file: {error!r}"
    assert "\n" not in message.strip(), f"{name}: {message}"
    assert len(message) < 3000, f"{name}: {len(message)} characters"


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_read_or_refused_in_one_line(tmp_path, kind):
    chosen = KINDS[kind]
    path = chosen.make(tmp_path)
    others = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    content = path.read_bytes()
    end = time.monotonic() + SECONDS
    with warnings.catch_warnings(), warnings_only():
        warnings.simplefilter("ignore")
        good = chosen.read(path)
        refused = 0
        for seed in count(FIRST):
            if seed >= FIRST + _FEWEST and time.monotonic() > end:
                break
            name = f"{kind}, seed {seed}"
            for file, whole in others.items():
                file.write_bytes(whole)
            path.write_bytes(chosen.damage(content, np.random.default_rng(seed)))
            with no_hang(name):
                try:
                    found = chosen.read(path)
                except (ValueError, OSError) as error:
                    assert_names_the_file(error, path, name)
                    refused += 1
                except Exception as error:
                    raise AssertionError(f"{name}: {error!r}") from error
                else:
                    print(f"checking {name}")
                    chosen.check(found, good, path)
    print(f"{kind}: {seed - FIRST} files, {refused} refused")
