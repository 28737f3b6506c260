"""``mmrsicc leakage``, from configs and folders to files."""

import json

from test_cli.conftest import refused, succeed


def test_a_config_against_itself_overlaps_entirely(tiny_config, tmp_path):
    done = succeed("leakage", tiny_config, tiny_config, "--target-splits", "train", "test",
        "--out", tmp_path, "--threads", 1,
    )  # fmt: skip
    content = json.loads((tmp_path / "leakage.json").read_text())
    assert content["splits"]["train"] == {"pairs": 7, "overlapping": 7}
    assert "train: 7 of 7 pairs overlap with the source" in done.stdout
    assert (tmp_path / "leakage.html").is_file() and content["command"]
    assert content["source_dataset"] == content["target_dataset"] == "LEVIR-CC"


def test_a_folder_must_say_what_data_it_holds(tmp_path):
    said = refused(
        "leakage", tmp_path, tmp_path, "--source-dataset", "LEVIR-CD", "--out", tmp_path / "out"
    )
    assert "add --target-dataset NAME" in said


def test_options_without_effect_are_refused(tmp_path):
    out = ("--out", tmp_path / "out")
    said = refused("leakage", "c.py", "c.py", *out, "--source-folders", "X", "Y")
    assert "--source-folders is for a folder, and c.py is a config" in said
    names = ("--source-dataset", "a", "--target-dataset", "b")
    said = refused("leakage", tmp_path, tmp_path, *out, *names, "--cfg-options", "a=1")
    assert "--cfg-options is of configs, and both sides are folders" in said
