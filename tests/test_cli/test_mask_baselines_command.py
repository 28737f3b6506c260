"""The command line of mask_baselines."""

import json

import numpy as np
import pytest
from PIL import Image
from test_cli.conftest import ROOT, refused, succeed

CONFIG = """
_base_ = ["{root}/configs/_base_/datasets/sysu_cd.py"]
{loaders}
"""
LOADER = "{split}_dataloader = dict(dataset=dict(data_root='{root}'))\n"


def layout(root, seed, bright=200):
    """Two pairs; what is brighter has changed."""
    generator = np.random.default_rng(seed)
    for name in "ab":
        before = generator.integers(0, 9, (16, 16, 3), np.uint8)
        after, mask = before.copy(), np.zeros((16, 16), np.uint8)
        after[:4, :5] += bright
        mask[:4, :5] = 255
        for folder, pixels in (("time1", before), ("time2", after), ("label", mask)):
            (root / folder).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(root / folder / f"{name}.png")


def test_methods_of_several_data_sets_and_a_threshold_chosen_on_other_pairs(tmp_path):
    for split, bright in (("train", 30), ("val", 60), ("test", 200)):
        layout(tmp_path / split, len(split), bright)
    # Of the second config the validation pairs are the test pairs, as some data sets have it.
    for name, val in (("one", "val"), ("two", "test")):
        places = {"train": "train", "val": val, "test": "test"}
        loaders = [LOADER.format(split=s, root=tmp_path / p) for s, p in places.items()]
        config = CONFIG.format(root=ROOT, loaders="".join(loaders))
        (tmp_path / f"{name}.py").write_text(config)
    configs, out = (tmp_path / "one.py", tmp_path / "two.py"), tmp_path / "scores.json"
    done = succeed("mask-baselines", *configs, "--methods", "cva", "preclassified", "--out", out)
    first, _ = json.loads(out.read_text(), parse_constant=pytest.fail)  # NaN is no JSON.
    assert first["baselines"]["all unchanged"]["mask/precision"] is None
    one, two = json.loads(out.read_text())
    assert (one["chosen_on"], two["chosen_on"]) == ("val, 2 pairs", "train, 2 pairs")
    assert list(one["methods"]) == ["cva", "preclassified"]
    assert one["methods"]["cva"]["fixed"] < 60 * 3**0.5
    for found in (one, two):
        assert found["methods"]["cva"]["scores"]["fixed"]["mask/F1"] == 100
        assert found["methods"]["cva"]["scores"]["otsu"]["mask/F1"] == 100
    assert "| two | cva | 100.00 |" in done.stdout
    alone = tmp_path / "alone.py"
    alone.write_text(CONFIG.format(root=ROOT, loaders="val_dataloader = train_dataloader = None"))
    root = f"test_dataloader.dataset.data_root={tmp_path / 'test'}"
    said = refused("mask-baselines", alone, "--methods", "cva", "--cfg-options", root)
    assert "neither validation nor training pairs" in said


def test_a_threshold_is_chosen_on_tiles_where_the_test_is_tiled(tmp_path):
    for split in ("train", "test"):
        layout(tmp_path / split, len(split))
    steps = 'pipeline=[dict(type="LoadTile"), dict(type="PackChangeInputs")], tile_size=8'
    tiled = f"dict(dataset=dict({steps}, tile_overlap=2, data_root='{tmp_path / 'test'}'))"
    train = LOADER.format(split="train", root=tmp_path / "train")
    config, out = tmp_path / "tiled.py", tmp_path / "scores.json"
    loaders = f"{train}val_dataloader = None\ntest_dataloader = {tiled}"
    config.write_text(CONFIG.format(root=ROOT, loaders=loaders))
    succeed("mask-baselines", config, "--methods", "cva", "--out", out)
    (found,) = json.loads(out.read_text())
    # Columns and rows from 0, 6, 8.
    assert (found["pairs"], found["chosen_on"]) == (18, "train, 18 pairs")
    assert found["methods"]["cva"]["scores"]["fixed"]["mask/F1"] == 100


def test_both_baselines_under_the_metric_of_detectors(tmp_path):
    for name, size in (("a", 8), ("b", 16)):
        before = np.zeros((size, size, 3), np.uint8)
        after, mask = before.copy(), np.zeros((size, size), np.uint8)
        after[:2, :4] = 200  # 8 pixels look changed, of which 4 are, and 2 more that do not.
        mask[:2, :2] = mask[4, :2] = 255
        for folder, pixels in (("time1", before), ("time2", after), ("label", mask)):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(pixels).save(tmp_path / folder / f"{name}.png")
    out = tmp_path / "scores.json"
    done = succeed(
        "mask-baselines",
        ROOT / "configs" / "_base_" / "datasets" / "sysu_cd.py",
        *("--cfg-options", f"test_dataloader.dataset.data_root={tmp_path}"),
        *("--out", out),
    )
    (found,) = json.loads(out.read_text())
    scores = found["baselines"]
    assert found["pairs"] == 2 and "methods" not in found
    otsu = {
        "mask/precision": 100 * 8 / 16,
        "mask/recall": 100 * 8 / 12,
        "mask/F1": 100 * 16 / 28,
        "mask/IoU": 100 * 8 / 20,
        "mask/OA": 100 * 308 / 320,
    }
    assert scores["Otsu on the difference"] == pytest.approx(otsu)
    unchanged = scores["all unchanged"]
    assert unchanged["mask/precision"] is None
    assert unchanged["mask/F1"] == unchanged["mask/recall"] == 0
    assert unchanged["mask/OA"] == pytest.approx(100 * 308 / 320)
    assert "| all unchanged | - | 0.00 | 0.00 | 0.00 | 96.25 |" in done.stdout


def test_answers_at_their_own_threshold_of_each_second_pair(tmp_path):
    layout(tmp_path, 0)
    out = tmp_path / "scores.json"
    config = ROOT / "configs" / "_base_" / "datasets" / "sysu_cd.py"
    root = ("--cfg-options", f"test_dataloader.dataset.data_root={tmp_path}")
    options = ("--intervals", "--methods", "cva", "--every", 2, *root)
    done = succeed("mask-baselines", config, *options, "--out", out)
    (found,) = json.loads(out.read_text())
    assert (found["pairs"], found["every"]) == (1, 2)
    everything, cva = (found["answers"][name]["scores"] for name in ("all changed", "cva"))
    # 20 of 256 pixels have changed.
    assert everything["F1"]["mean"] == pytest.approx(100 * 40 / 276)
    assert cva["F1"]["mean"] == 100 and "| sysu_cd | 1 | all unchanged | 1 | 0.00 |" in done.stdout
    for detector in (("cva", "x.pth"), ("mine", "x.py"), ("mine", "x.py", "y.py", "z.pth")):
        said = refused("mask-baselines", config, *options, "--detector", *detector)
        assert "give a name of its own" in said
