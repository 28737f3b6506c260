"""Comparing two systems from their files of captions."""

import json

import pytest
from test_cli.conftest import refused, succeed

from mmrsicc.evaluation import PredictedCaption, write_captions
from mmrsicc.evaluation.files.command_line import check_distinct_runs

OPTIONS = ("--scorers", "BLEU", "CIDEr-D", "--resamples", "300")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A good system, one that leaves out the last word, and the good one on fewer pairs."""
    folder = tmp_path_factory.mktemp("runs")
    sentence = "a house and a road are built near the old forest in the north"
    words = sentence.split()
    records = []
    for i in range(60):
        text = " ".join(words[i % 9 :] + words[: i % 9])
        records.append(PredictedCaption(f"p{i}", text, (text, f"{text} indeed"), i % 2))
    short = [
        PredictedCaption(r.pair_id, r.caption[: -10 - i % 3], r.references, r.flag)
        for i, r in enumerate(records)
    ]
    write_captions(records, folder / "good.jsonl")
    write_captions(short, folder / "short.jsonl")
    write_captions(records[1:], folder / "fewer.jsonl")
    # The same sentences from another seed: only the model's scores differ.
    again = [PredictedCaption(r.pair_id, r.caption, r.references, r.flag, -1.0) for r in records]
    write_captions(again, folder / "good_again.jsonl")
    (folder / "copy.jsonl").write_bytes((folder / "good.jsonl").read_bytes())
    return folder


def test_verdict_and_record(files, tmp_path):
    out = tmp_path / "comparison.json"
    done = succeed("compare", files / "good.jsonl", files / "short.jsonl", *OPTIONS, "--out", out)
    assert "Over all pairs, A has the better CIDEr-D" in done.stdout
    written = json.loads(out.read_text())
    bleu = written["comparisons"]["BLEU-4"]
    assert bleu["low"] > 0 and bleu["p_randomisation"] < 0.01
    assert written["verdict"] in done.stdout and written["protocol"] == "word"


def test_a_system_against_itself_over_seeds(files):
    good, again = files / "good.jsonl", files / "good_again.jsonl"
    done = succeed("compare", "--a", good, again, "--b", good, *OPTIONS)
    assert "no difference in CIDEr-D is shown" in done.stdout and "p = 1.0000" in done.stdout
    assert "2 and 1 runs" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("good.jsonl", "fewer.jsonl"), "1 pair not in both files"),
        (("good.jsonl", "none.jsonl"), "no file"),
        (("good.jsonl",), "give two files"),
        (("--a", "good.jsonl", "good.jsonl", "--b", "short.jsonl"), "the same run as"),
        (("--a", "short.jsonl", "--b", "good.jsonl", "copy.jsonl"), "the same run as"),
        (("good.jsonl", "short.jsonl", "--split", "val"), "need --ann-file"),
        (("good.jsonl", "short.jsonl", "--resamples", "0"), "0: give 1 or more"),
        (("good.jsonl", "short.jsonl", "--level", "95"), "between 0 and 1, such as 0.95"),
        (("good.jsonl", "short.jsonl", "--seed", "-1"), "-1: give 0 or more"),
        (("good.jsonl", "short.jsonl", "--out", "."), "is a folder"),
    ],
)
def test_what_cannot_be_compared(files, arguments, message):
    paths = [str(files / name) if name.endswith(".jsonl") else name for name in arguments]
    assert message in refused("compare", *OPTIONS, *paths)


def test_a_run_is_not_two_runs_whatever_names_it(files):
    good = str(files / "good.jsonl")
    with pytest.raises(ValueError, match="is the same run as"):
        check_distinct_runs([good, good])
    check_distinct_runs([good, str(files / "short.jsonl")])
