"""Rescoring a run's captions without its model."""

import json
import subprocess
import sys

from test_tools.conftest import ROOT, run_tool

from mmrsicc.evaluation import read_captions

TOOL = "tools/analysis_tools/eval_metric.py"
NO_JAVA = ("--scorers", "BLEU", "ROUGE-L", "CIDEr-D")


def test_exactly_the_numbers_of_the_run(trained, tiny_config, tmp_path):
    run_file, out = tmp_path / "run.jsonl", tmp_path / "scores.json"
    run_tool(sys.executable, "tools/test.py", tiny_config, trained, "--out", run_file)
    run_tool(sys.executable, TOOL, run_file, *NO_JAVA, "--out", out)
    run = json.loads(run_file.with_suffix(".meta.json").read_text())["scores"]
    again = json.loads(out.read_text())
    assert again["scores"] and again["counts"] == {"pairs": 5, "empty": 0, "missing": 0}
    assert {name: run[name] for name in again["scores"]} == again["scores"]

    # The same sentences as lines of text, measured against the caption file.
    records = read_captions(run_file)
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(f"{record.caption}\n" for record in records))
    ann_file = tiny_config.parent / "LevirCCcaptions.json"
    done = run_tool(sys.executable, TOOL, lines, "--ann-file", ann_file, *NO_JAVA, "--out", out)
    from_text = json.loads(out.read_text())
    assert from_text["scores"] == again["scores"]
    assert from_text["ann_file"] == str(ann_file) and from_text["split"] == "test"
    assert "5 pairs, 0 empty, 0 missing" in done.stdout


def test_missing_pairs_are_counted_only_on_request(tiny_config, tmp_path):
    some = tmp_path / "some.json"
    some.write_text(json.dumps([{"image_id": "test_000001", "caption": "a house appears"}]))
    command = [some, "--ann-file", tiny_config.parent / "LevirCCcaptions.json", *NO_JAVA]
    refused = subprocess.run(
        [sys.executable, TOOL, *map(str, command)], cwd=ROOT, capture_output=True, text=True
    )
    assert refused.returncode != 0 and "no sentence for 4 of the 5 pairs" in refused.stderr
    out = tmp_path / "scores.json"
    done = run_tool(sys.executable, TOOL, *command, "--missing", "empty", "--out", out)
    assert "5 pairs, 4 empty, 4 missing" in done.stdout
    assert len(json.loads(out.read_text())["missing"]) == 4
