"""Same seed, same bytes: whatever the process, its hash seed and the number of workers.

The digest below fixes what the generator draws. Where it is meant to draw something else, let
``VERSION`` in mmrsicc/synthcc/pairs.py grow, so that no old data set is completed with new
pairs, and refresh the digest::

    python tests/test_synthcc/test_synthcc_determinism.py
"""

import hashlib
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from mmrsicc.synthcc import SHARES, PairId, Settings, make_pair, pair_ids, write_data_set
from mmrsicc.synthcc.mixes import MIXES
from mmrsicc.synthcc.pairs import VERSION
from mmrsicc.synthcc.sensors import SENSORS

#: Version of the generator, and the digest of its pairs.
GOLDEN = (2, "e80a4e83ba5b7b81d3a354bf1b882c1cc9eaded2238cbb83ba3e0b8607f6cd38")

WRITE = """
import sys
from pathlib import Path
from mmrsicc.synthcc import PairId, Settings, make_pair, write_data_set

if __name__ == "__main__":
    make_pair(9, PairId("train", 1), 128)  # What was drawn before must not matter.
    list(write_data_set(Path(sys.argv[1]), Settings(10, 3, 128), workers=2))
"""


def digest():
    """SHA-256 of the decoded pixels and the sentences of pairs of each split, mix and sensor."""
    total = hashlib.sha256()
    for split in SHARES:
        for number in (1, 2):
            add(total, make_pair(7, PairId(split, number), 160))
    for mix in MIXES:
        add(total, make_pair(7, PairId("train", 1), 160, mix=mix))
    for sensors in SENSORS:
        add(total, make_pair(7, PairId("train", 1), 160, sensors=sensors))
    return total.hexdigest()


def add(total, pair):
    for pixels in (pair.before, pair.after, pair.label):
        total.update(np.ascontiguousarray(pixels).tobytes())
    total.update("\n".join(pair.sentences).encode())


def run(*command, **environment):
    """Runs a script in a process of its own, which takes its workers with it when it hangs."""
    process = subprocess.Popen(
        [sys.executable, *map(str, command)],
        env={**os.environ, **environment},
        start_new_session=True,
    )
    try:
        assert process.wait(timeout=300) == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_what_is_drawn_has_not_changed():
    advice = f"let VERSION grow if this is meant, then run python {Path(__file__).name}"
    assert (VERSION, digest()) == GOLDEN, advice


def test_a_pair_does_not_depend_on_what_was_drawn_before():
    def draw(split, number):
        pair = make_pair(1, PairId(split, number), 128)
        return pair.before.tobytes(), pair.after.tobytes(), pair.sentences, pair.distractors

    first = draw("train", 1), draw("test_combination", 1)
    assert (draw("test_combination", 1), draw("train", 1)) == first[::-1]


@pytest.mark.slow
@pytest.mark.posix
def test_another_process_with_another_hash_seed_and_two_workers_writes_the_same_bytes(tmp_path):
    script = tmp_path / "write.py"
    script.write_text(WRITE)
    run(script, tmp_path / "2", PYTHONHASHSEED="1")
    list(write_data_set(tmp_path / "1", Settings(10, 3, 128)))
    one, two = (
        {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.*")}
        for root in (tmp_path / "1", tmp_path / "2")
    )
    assert len(one) == 2 + 4 * len(pair_ids(10)) and one == two


if __name__ == "__main__":
    path = Path(__file__)
    golden = f'GOLDEN = ({VERSION}, "{digest()}")'
    path.write_text(re.sub(r"^GOLDEN = .*$", golden, path.read_text(), flags=re.MULTILINE))
