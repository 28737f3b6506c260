"""Results on disk."""

import json
from dataclasses import asdict

import numpy as np
import pytest

pytest.importorskip("rasterio", reason="scenes need the extra geo")

from mmrsicc.scenes import SceneSettings, TileResult
from mmrsicc.scenes import journal as journals
from mmrsicc.scenes.journal import Journal, describe_run, digest, read_results
from mmrsicc.scenes.results import decode_mask, encode_mask
from mmrsicc.scenes.tiles import cut

RESULTS = [
    TileResult(7, "no data"),
    TileResult(3, None, 0.5, "größer \n <b>", -0.25, (("größer \n <b>", -0.25),), 0.75, "iVBO"),
]


def test_results_come_back_as_they_were(tmp_path):
    with Journal(tmp_path / "new" / "0.jsonl") as journal:
        journal.append(RESULTS[:1])
        journal.append(RESULTS[1:])
    assert read_results(tmp_path / "new") == {3: RESULTS[1], 7: RESULTS[0]}
    assert read_results(tmp_path / "nowhere") == {}


def test_every_cut_of_a_journal_is_readable_and_can_be_continued(tmp_path):
    with Journal(tmp_path / "0.jsonl") as journal:
        journal.append(RESULTS)
    whole = (tmp_path / "0.jsonl").read_bytes()
    first = whole.index(b"\n") + 1
    for length in (0, 5, first - 1, first, first + 9, len(whole) - 1, len(whole)):
        folder = tmp_path / str(length)
        folder.mkdir()
        (folder / "0.jsonl").write_bytes(whole[:length])
        assert len(read_results(folder)) == whole[:length].count(b"\n")
        with Journal(folder / "0.jsonl") as journal:
            journal.append(RESULTS)
        assert len(read_results(folder)) == 2


def test_two_runs_do_not_write_one_journal(tmp_path):
    with (
        Journal(tmp_path / "0.jsonl"),
        pytest.raises(BlockingIOError, match=r"another run is writing to .*0.jsonl"),
    ):
        Journal(tmp_path / "0.jsonl")
    Journal(tmp_path / "0.jsonl").__exit__(None, None, None)


def test_another_run_has_another_name():
    one, other = {"files": ["1f"]}, {"files": ["2e"]}
    run = describe_run([one, other], SceneSettings(), "model")
    assert digest(run) == digest(describe_run([dict(one), other], SceneSettings(), "model"))
    others = [
        describe_run([one, other], SceneSettings(overlap=0), "model"),
        describe_run([one, other], SceneSettings(), "other"),
        describe_run([other, one], SceneSettings(), "model"),
        describe_run([one, one], SceneSettings(), "model"),
    ]
    assert len({digest(run) for run in [run, *others]}) == 5


def test_results_of_an_older_reading_of_the_files_are_not_used(monkeypatch):
    settings = SceneSettings(value_range=(0, 3000))
    names = [digest(describe_run([], s, "model")) for s in (settings, SceneSettings())]
    monkeypatch.setattr(journals, "_READING", 1)
    names.append(digest(describe_run([], settings, "model")))
    assert len({*names}) == 3


GOOD = asdict(RESULTS[1])
FOREIGN = {
    "no JSON": b"hello",
    "no UTF-8": b'{"caption": "\xff"}',
    "an empty line": b"",
    "too deep": b"[" * 100_000,
    "a list": b"[1, 2]",
    "a number too long": b'{"tile": ' + b"9" * 5000 + b"}",
    "a line of mmrsicc caption": b'{"id": "a", "caption": "b", "n_best": [["b", 0]]}',
    "a key less": json.dumps({k: v for k, v in GOOD.items() if k != "mask"}).encode(),
    "a key more": json.dumps({**GOOD, "x": 1}).encode(),
    **{
        f"{name} {value!r:.20}": json.dumps({**GOOD, name: value}).encode()
        for name, value in [
            ("tile", "3"),
            ("tile", True),
            ("tile", None),
            ("caption", 5),
            ("caption", None),
            ("skipped", "identical"),
            ("score", "x"),
            ("score", float("nan")),
            ("difference", float("inf")),
            ("n_best", "ab"),
            ("n_best", [["a"]]),
            ("n_best", [["a", None]]),
            ("n_best", [[5, 1.0]]),
            ("mask", 5),
        ]
    },
}


@pytest.mark.parametrize("line", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_line_is_refused_in_one_line(tmp_path, line):
    path = tmp_path / "0.jsonl"
    path.write_bytes(RESULTS[0].to_line().encode() + line + b"\n")
    with pytest.raises(ValueError) as error:
        read_results(tmp_path)
    assert str(error.value).startswith(f"{path}, line 2") and "\n" not in str(error.value)


def test_tiles_and_masks_must_be_those_of_the_run(tmp_path):
    tiles = cut(64, 40, 32, 0)
    mask = (np.arange(32 * 32).reshape(32, 32) % 7 == 0).astype(np.uint8)
    good = TileResult(3, caption="a", score=0.0, n_best=(("a", 0.0),), mask=encode_mask(mask))
    assert np.array_equal(decode_mask(good.mask), mask)
    cut_short = good.mask[: len(good.mask) // 2 // 4 * 4]
    path = tmp_path / "0.jsonl"
    for changed in ({}, {"tile": 4}, {"tile": -1}, {"mask": cut_short}, {"mask": "iVBO"}):
        path.write_text(json.dumps(asdict(good) | changed) + "\n")
        if not changed:
            assert read_results(tmp_path, tiles) == {3: good}
            continue
        with pytest.raises(ValueError, match=r"0\.jsonl, line 1: .*: remove the file"):
            read_results(tmp_path, tiles)
    path.write_text(json.dumps(asdict(good) | {"mask": encode_mask(mask[:16])}) + "\n")
    with pytest.raises(ValueError, match=r"0\.jsonl, line 1: the mask of tile 3 has another size"):
        read_results(tmp_path, tiles)
