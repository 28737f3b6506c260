"""Results on disk."""

import pytest

pytest.importorskip("rasterio", reason="scenes need the extra geo")

from mmrsicc.scenes import SceneSettings, TileResult
from mmrsicc.scenes.journal import Journal, describe_run, digest, read_results

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
