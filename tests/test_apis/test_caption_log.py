"""Files of captions that grow, and the names of pairs in them."""

import json
import os
from pathlib import Path

import pytest

from mmrsicc.apis.caption_log import CaptionLog, name_pairs
from mmrsicc.evaluation.files.result_files import read_run_record

FACTS = {"checkpoint": "abc", "n_best": 1}


@pytest.mark.parametrize(
    ("pairs", "names"),
    [
        ([("A/x.png", "B/x.png"), ("A/y.png", "B/y.v2.png")], ["x", "y.v2"]),
        (
            [("s1/2019.png", "s1/2021.png"), ("s2/2019.png", "s2/2021.png")],
            ["s1/2021", "s2/2021"],
        ),
        ([("A/x.png", "B/x.png"), ("A/x.tif", "B/x.tif")], ["x.png", "x.tif"]),
        (
            [("A/17.png", "B/21.png"), ("A/19.png", "B/21.png")],
            ["17.png to 21.png", "19.png to 21.png"],
        ),
        ([("A/e\u0301.png", "B/e\u0301.png")], ["\u00e9"]),
        ([("B/../A/x.png", "/data/./x/z.png"), ("A/y.png", "/data/z.png")], ["x/z", "z"]),
    ],
)
def test_names_tell_all_pairs_apart(pairs, names):
    assert name_pairs([(Path(before), Path(after)) for before, after in pairs]) == names


def test_a_pair_that_comes_twice_has_no_name_of_its_own():
    pair = (Path("a.png"), Path("b.png"))
    with pytest.raises(ValueError, match=r"the pair a\.png, b\.png comes twice"):
        name_pairs([pair, pair])


@pytest.fixture
def pairs(tmp_path):
    """Three pairs whose images are older than what is written next."""
    found = {}
    for name in "abc":
        paths = (tmp_path / f"{name}1.png", tmp_path / f"{name}2.png")
        for path in paths:
            path.touch()
            os.utime(path, (1, 1))
        found[name] = paths
    return found


def record(name, pairs, said="a house", error=None):
    before, after = map(str, pairs[name])
    n_best = [] if error else [[said, -1.0]]
    return {"id": name, "before": before, "after": after, "n_best": n_best, "error": error}


def written(path):
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def test_each_pair_is_on_disk_at_once_and_in_order_at_the_end(tmp_path, pairs):
    path = tmp_path / "out.jsonl"
    with CaptionLog(path, FACTS, pairs) as log:
        for name in "ca":
            log.append(record(name, pairs))
            assert written(path)[-1] == name
    with pytest.raises(ValueError, match=r"the run that writes .*out\.jsonl has not finished"):
        read_run_record(path)  # As whatever scores it does first.
    with CaptionLog(path, FACTS, pairs) as log:
        assert set(log.records) == {"a", "c"}
        log.append(record("b", pairs))
        log.finish()
    assert written(path) == ["a", "b", "c"]
    assert read_run_record(path)["finished"] is True


def test_what_is_kept(tmp_path, pairs):
    path = tmp_path / "out.jsonl"
    with CaptionLog(path, FACTS, pairs) as log:
        log.append(record("a", pairs))
        log.append(record("b", pairs, error="no image"))
        log.append(record("c", pairs))
    with path.open("a") as file:
        file.write(json.dumps(record("b", pairs))[:-5])  # Cut off, as by a kill.
    with CaptionLog(path, FACTS, pairs) as log:
        assert set(log.records) == {"a", "c"}
    pairs["c"][1].touch()  # Another image now.
    os.utime(path, (1000, 1000))
    with CaptionLog(path, FACTS, pairs) as log:
        assert set(log.records) == {"a"}


def other_facts(tmp_path, pairs):
    return FACTS | {"n_best": 3}, pairs


def other_images(tmp_path, pairs):
    return FACTS, {**pairs, "a": (tmp_path / "other.png", tmp_path / "a2.png")}


def fewer_pairs(tmp_path, pairs):
    return FACTS, {"b": pairs["b"]}


def foreign_file(tmp_path, pairs):
    (tmp_path / "out.meta.json").unlink()
    return FACTS, pairs


def file_of_a_test(tmp_path, pairs):
    (tmp_path / "out.meta.json").write_text('{"metrics": []}')
    return FACTS, pairs


def changed_file(tmp_path, pairs):
    path = tmp_path / "out.jsonl"
    path.write_text(path.read_text().replace("house", "mouse"))
    return FACTS, pairs


def broken_line(tmp_path, pairs):
    (tmp_path / "out.meta.json").write_text(json.dumps({"captioned": FACTS, "finished": False}))
    path = tmp_path / "out.jsonl"
    path.write_text("{}\n" + path.read_text())
    return FACTS, pairs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_facts, r"was written with another n_best: remove it to start again, or choose"),
        (other_images, r"line 1: 'a' is not among the pairs of this run, or of other files"),
        (fewer_pairs, r"line 1: 'a' is not among the pairs"),
        (foreign_file, r"without its record, out\.meta\.json"),
        (file_of_a_test, r"was not written by mmrsicc caption"),
        (changed_file, r"was changed after its run had finished"),
        (broken_line, r"line 1 is not as mmrsicc caption writes it"),
    ],
)
def test_nothing_is_mixed_or_overwritten(tmp_path, pairs, change, message):
    path = tmp_path / "out.jsonl"
    with CaptionLog(path, FACTS, pairs) as log:
        log.append(record("a", pairs))
        log.finish()
    facts, asked = change(tmp_path, pairs)
    before = path.read_text()
    with pytest.raises(ValueError, match=message) as error:
        CaptionLog(path, facts, asked)
    assert str(path) in str(error.value) and path.read_text() == before
