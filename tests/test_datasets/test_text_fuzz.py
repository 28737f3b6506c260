"""Damaged text files: each is read, or refused in one line that names the file.

For minutes instead of a moment:
MMRSICC_FUZZ_SECONDS=120 python -m pytest -n0 tests/test_datasets/test_text_fuzz.py
"""

import os
import time
from itertools import count

import numpy as np
import pytest
from data.make_levir_layout import make_levir_cc

from mmrsicc.apis.pair_inputs import read_table
from mmrsicc.datasets.caption_file import read_split
from mmrsicc.datasets.caption_table import read_caption_table
from mmrsicc.evaluation.files.result_files import read_captions, read_results

OWN = (
    '{"id": "test_000000", "caption": "a house", "references": ["a house"], "flag": 1}\n'
    '{"id": "test_000001", "caption": "a", "references": ["b"], "flag": 0, "score": -1.0}\n'
)

#: What files of each name hold, and what reads them beside a caption file.
FILES = {
    "caption.json": (None, lambda path, ann: read_split(path, "train")),
    "sentences.csv": (
        'filename,split,sentence,changeflag\na.png,train,"A house, built.",1\nb.png,val,calm,0\n',
        lambda path, ann: read_caption_table(path),
    ),
    "pairs.csv": (
        'before,after\na.png,b.png\n"c,d.png",e.png\n',
        lambda path, ann: read_table(path),
    ),
    "named.txt": ("test_000000.png\ta house\ntest_000001.png\ta road\n", read_results),
    "lines.txt": ("a house\na road\n", read_results),
    "own.jsonl": (OWN, lambda path, ann: read_captions(path)),
    "joined.jsonl": (OWN, read_results),
    "coco.json": (
        '[{"image_id": "test_000000", "caption": "a"}, {"image_id": 7, "caption": "b"}]',
        read_results,
    ),
    "running.json": ('{"0": ["a house"], "1": ["b"]}', read_results),
}

#: What files are damaged with.
BITS = [
    *(b"\0", b'"', b",", b";", b"\t", b"\n", b"\r", b"[", b"]", b"{", b"}", b"\\ud800", b".", b" "),
    *(b"null", b"NaN", b"1e999", b"true", b"-1", b"9" * 5000, b"[" * 3000, b"nan", b"<start>"),
    *(
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xe2",
        b"..",
        b"/",
        b'"id":1,',
        b'"split":3,',
        b'"filename":"",',
    ),
]


def damaged(content, rng):
    """The content with one to four places cut, filled or repeated."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        start = int(rng.integers(len(data) + 1))
        match int(rng.integers(5)):
            case 0:
                del data[start : start + int(rng.integers(12))]
            case 1:
                del data[start:]
            case 2:
                data[start:start] = data[int(rng.integers(len(data) + 1)) :][:40]
            case _:
                data[start : start + int(rng.integers(3))] = BITS[rng.integers(len(BITS))]
    return bytes(data)


@pytest.mark.parametrize("name", FILES)
def test_damage_is_read_or_refused_in_one_line(tmp_path, name):
    ann_file = make_levir_cc(tmp_path, pairs=(1, 1, 2)) / "LevirCCcaptions.json"
    text, read = FILES[name]
    content = ann_file.read_bytes() if text is None else text.encode()
    end = time.monotonic() + float(os.environ.get("MMRSICC_FUZZ_SECONDS", 0)) / len(FILES)
    path, refused = tmp_path / name, 0
    for seed in count():
        if seed >= 60 and time.monotonic() > end:
            break
        path.write_bytes(damaged(content, np.random.default_rng(seed)))
        try:
            read(path, ann_file)
        except ValueError as error:
            refused += 1
            assert str(path) in str(error) and "\n" not in str(error), f"seed {seed}"
    assert refused > 20
