"""The table of baselines, as a user asks for it."""

import json

import pytest
from data.make_band_layout import make_bands
from data.make_levir_layout import make_change_detection, make_levir_cc
from test_cli.conftest import refused, succeed

from mmrsicc.evaluation import change_caption_scores, read_captions

BANDS = """
dataset = dict(
    type="ChangeCaptionDataset",
    data_root="{data}",
    ann_file="LevirCCcaptions.json",
    pipeline=[
        dict(type="LoadBands", picture_bands=((3, 2, 1), (3, 2, 1))),
        dict(type="PackChangeInputs"),
    ],
)
train_dataloader = dict(dataset=dict(split="train", **dataset))
test_dataloader = dict(dataset=dict(split="test", **dataset))
"""
NO_JAVA = ("--scorers", "BLEU", "ROUGE-L", "CIDEr-D")


def test_config_gives_every_row_and_its_captions(tiny_config, tmp_path):
    out = tmp_path / "rows.json"
    done = succeed(
        "baselines", tiny_config, *NO_JAVA, "--out", out, "--captions", tmp_path / "said"
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


def test_images_are_read_as_the_config_reads_them(tmp_path):
    """Of ten bands, nobody else knows which to look at."""
    pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")
    config, data = tmp_path / "bands.py", make_bands(tmp_path / "data")
    config.write_text(BANDS.format(data=data))
    out = tmp_path / "rows.json"
    succeed("baselines", config, "--scorers", "BLEU", "--out", out)
    # A changed pair looks most like a changed one.
    assert json.loads(out.read_text())["baselines"]["nearest_pair"]["scores"]["flag_accuracy"] > 99


def test_flags_without_training_are_rows_of_their_own(tiny_config, tmp_path):
    out = tmp_path / "rows.json"
    done = succeed("baselines", tiny_config, *NO_JAVA, "--flags", "cva", "novelty", "--out", out)
    rows = json.loads(out.read_text())["baselines"]
    assert list(rows)[4:] == ["flag_cva", "flag_novelty"]
    for name in ("flag_cva", "flag_novelty"):
        assert 0 <= rows[name]["scores"]["flag_accuracy"] <= 100
        assert "of the pairs that it was chosen on" in rows[name]["description"]
        assert f"| {name} | all |" in done.stdout


def test_another_split_of_a_config(tiny_config):
    """Flags are not chosen on it where it is scored."""
    done = succeed(
        "baselines",
        tiny_config,
        "--scorers",
        "BLEU",
        "--flags",
        "cva",
        "--cfg-options",
        "test_dataloader.dataset.split=val",
    )
    assert "flag_cva: cva, chosen on train: changed where" in done.stdout
    assert "7 training pairs, 3 test pairs" in done.stdout


def test_caption_file_without_images(tmp_path):
    data = make_levir_cc(tmp_path)
    done = succeed(
        "baselines",
        data / "LevirCCcaptions.json",
        "--split",
        "val",
        *NO_JAVA,
        "--constant",
        "Nothing at all.",
    )
    assert 'constant: always "nothing at all"' in done.stdout
    assert "nearest_pair: left out: the images are not known" in done.stdout


DETECTION = """
loader = dict(
    dataset=dict(
        type="ChangeDetectionDataset", data_root="{root}", source_dataset="x", pipeline=[]
    )
)
train_dataloader = loader
test_dataloader = loader
"""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{config}", "--split", "val"), "--split and --train-split are for caption files"),
        (("{config}", "--train-split", "val"), "--split and --train-split are for caption files"),
        (("{captions}", "--cfg-options", "a=1"), "--cfg-options is for configs"),
        (("README.md",), "name a config (*.py), a caption file (*.json) or a folder"),
        (("{folder}/half.py",), "half.py has no train_dataloader"),
        (("{folder}/masks.py",), "masks.py: the pairs of train_dataloader have no captions"),
        (("{config}", "--out", "{config}/x.json"), "tiny.py"),
        (("{captions}", "--flags", "cva"), "--flags needs images"),
        (
            ("{config}", "--flags", "cva", "--cfg-options", "val_dataloader=None"),
            "has no val_dataloader, which --flags needs",
        ),
    ],
)
def test_what_it_cannot_use_is_said_in_words(tiny_config, tmp_path, arguments, message):
    make_change_detection(tmp_path / "masks", pairs=2)
    (tmp_path / "half.py").write_text("test_dataloader = dict()")
    (tmp_path / "masks.py").write_text(DETECTION.format(root=tmp_path / "masks"))
    captions = tiny_config.parent / "LevirCCcaptions.json"
    names = {"config": tiny_config, "captions": captions, "folder": tmp_path}
    assert message in refused("baselines", *(text.format(**names) for text in arguments))
