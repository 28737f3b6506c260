"""The table of baselines, as a user asks for it."""

import json
import sys

from data.make_levir_layout import make_levir_cc
from test_tools.conftest import run_tool

from mmrsicc.evaluation import change_caption_scores, read_captions

TOOL = "tools/analysis_tools/trivial_baselines.py"
NO_JAVA = ("--scorers", "BLEU", "ROUGE-L", "CIDEr-D")


def test_config_gives_every_row_and_its_captions(tiny_config, tmp_path):
    out = tmp_path / "rows.json"
    done = run_tool(
        sys.executable, TOOL, tiny_config, *NO_JAVA, "--out", out, "--captions", tmp_path / "said"
    )
    assert "7 training pairs, 5 test pairs" in done.stdout
    rows = json.loads(out.read_text())["baselines"]
    assert list(rows) == ["constant", "perfect_flag", "nearest_pair", "human"]
    for name, row in rows.items():
        records = read_captions(tmp_path / "said" / f"{name}.jsonl")
        assert len(records) == 5
        assert row["scores"] == change_caption_scores(records, NO_JAVA[1:])
        assert f"| {name} | all |" in done.stdout
    assert rows["perfect_flag"]["scores"]["flag_accuracy"] == 100
    assert out.with_suffix(".md").read_text() in done.stdout


def test_another_split_of_a_config(tiny_config):
    done = run_tool(
        sys.executable,
        TOOL,
        tiny_config,
        "--scorers",
        "BLEU",
        "--cfg-options",
        "test_dataloader.dataset.split=val",
    )
    assert "7 training pairs, 3 test pairs" in done.stdout


def test_caption_file_without_images(tmp_path):
    data = make_levir_cc(tmp_path)
    done = run_tool(
        sys.executable,
        TOOL,
        data / "LevirCCcaptions.json",
        "--split",
        "val",
        *NO_JAVA,
        "--constant",
        "nothing at all",
    )
    assert 'constant: always "nothing at all"' in done.stdout
    assert "nearest_pair: left out: the images are not known" in done.stdout
