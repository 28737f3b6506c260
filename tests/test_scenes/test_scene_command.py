"""``mmrsicc scene``."""

import json
import re
from argparse import ArgumentParser, Namespace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from fabricated_scenes import brightness_captioner, changed_pair
from PIL import Image

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import geopandas
from test_apis.conftest import checkpoint

from mmrsicc import shipped
from mmrsicc.cli import merge, scene
from mmrsicc.utils.checkpoint import read_checkpoint

__all__ = ["checkpoint"]


def run(*arguments: str, model: tuple[str, ...] = ("model", "weights.pth")) -> None:
    parser = ArgumentParser()
    scene.add_arguments(parser)
    scene.run(parser.parse_intermixed_args([*model, *arguments]))


@pytest.fixture
def trivial_captioner(monkeypatch):
    monkeypatch.setattr(scene, "_load", lambda *_: scene._Model(brightness_captioner, "trivial"))


@pytest.mark.usefixtures("trivial_captioner")
def test_the_summary_goes_to_the_output_and_nothing_else(tmp_path, changed_scenes, capsys):
    days = ["--dates", "2018-01-31", "2020-02-29"]
    run(*changed_scenes, "--out", str(tmp_path / "out"), "--tile", "64", "--overlap", "16", *days)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "scene    300 x 200 pixels of 10 m"
    assert lines[1] == "tiles    24: 4 identical, 20 looked at"
    assert any("tiles per second" in line for line in lines)
    written = [line.split()[-1] for line in lines if line.startswith("written")]
    assert len(written) == 8
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["dates"] == ["2018-01-31", "2020-02-29"]
    assert summary["captioner"] == "trivial"


@pytest.mark.parametrize("name", ["file", "file/out"])
def test_a_file_in_the_place_of_the_folder_is_told_before_a_model_is_loaded(tmp_path, name, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit):
        run("a.tif", "b.tif", "--out", str(tmp_path / name), model=())
    assert f"{tmp_path / 'file'} is a file: name a folder" in capsys.readouterr().err


def test_a_missing_raster_is_told_before_a_model_is_loaded(tmp_path, changed_scenes):
    with pytest.raises(FileNotFoundError, match=r"no raster at .*nowhere.tif"):
        run(changed_scenes[0], "nowhere.tif", "--out", str(tmp_path / "out"), model=("no-model",))


@pytest.mark.usefixtures("trivial_captioner")
def test_a_threshold_of_no_mask_is_refused(tmp_path, changed_scenes):
    for mode in ([], ["--tiles"]):
        with pytest.raises(ValueError, match=r"--threshold is of --method or --detector"):
            run(*changed_scenes, "--out", str(tmp_path / "out"), "--threshold", "otsu", *mode)


@pytest.mark.usefixtures("trivial_captioner")
def test_a_geojson_that_cannot_be_written_is_told(tmp_path, capsys):
    names = [str(tmp_path / f"{date}.png") for date in ("before", "after")]
    for name, pixels in zip(names, changed_pair(), strict=True):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(name)
    run(*names, "--out", str(tmp_path / "out"), "--geojson")
    assert "note     no GeoJSON was written" in capsys.readouterr().out
    assert not (tmp_path / "out" / "changes.geojson").exists()


@pytest.mark.usefixtures("trivial_captioner")
def test_bands_of_several_files_are_joined_by_commas(tmp_path, real_data, capsys):
    folder = real_data / "geotiff" / "hongkong"
    dates = [",".join(sorted(map(str, folder.glob(f"imgs_{i}/*.tif")))) for i in (1, 2)]
    out = tmp_path / "out"
    run(*dates, "--out", str(out), "--bands", "3", "2", "1", "--tile", "256")
    lines = capsys.readouterr().out
    assert "540 x 695 pixels" in lines
    assert "warped onto the grid of the first" in lines
    assert (out / "changes.parquet").exists()


@pytest.mark.usefixtures("trivial_captioner")
def test_a_range_is_that_of_both_dates(tmp_path, write_raster, capsys):
    dates = [
        write_raster(f"{i}.tif", np.full((3, 64, 64), value, np.uint16))
        for i, value in enumerate((600, 1200))
    ]
    run(*dates, "--out", str(tmp_path / "out"), "--tile", "64", "--range", "0", "3000")
    said = json.loads((tmp_path / "out" / "summary.json").read_text())["radiometry"]
    assert (said["source"], said["low"], said["high"]) == ("fixed range", [0] * 3, [3000] * 3)
    with pytest.raises(ValueError, match="0 and 255"):
        run(*dates, "--out", str(tmp_path / "out"), "--range", "3000", "0")


@pytest.mark.usefixtures("trivial_captioner")
def test_wrong_days_and_tiles_are_refused(tmp_path, changed_scenes):
    for wrong, message in (
        (["--dates", "31.1.2018", "2020-01-01"], "is no day"),
        (["--dates", "2018-01-31x", "2020-01-01"], "is no day"),
        (["--dates", "2018-01-31", "20200101"], "is no day"),
        (["--dates", "2020-01-01", "2018-01-31"], "is later than"),
        (["--tile", "32", "--overlap", "40"], "cannot overlap"),
    ):
        with pytest.raises(ValueError, match=message):
            run(*changed_scenes, "--out", str(tmp_path / "out"), *wrong)
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--n-best", "--batch-size"])
def test_counts_below_one_are_refused(tmp_path, capsys, option):
    with pytest.raises(SystemExit):
        run("nowhere.tif", "nowhere.tif", "--out", str(tmp_path), option, "0")
    assert f"argument {option}: 0: give 1 or more" in capsys.readouterr().err


@pytest.mark.usefixtures("trivial_captioner")
def test_a_file_may_have_a_comma_in_its_name(tmp_path, write_raster):
    names = [write_raster(f"{i},x.tif", values) for i, values in enumerate(changed_pair())]
    run(*names, "--out", str(tmp_path / "out"))
    assert (tmp_path / "out" / "summary.json").exists()


def test_a_checkpoint_alone_captions_a_scene(tmp_path, changed_scenes, checkpoint, capsys):
    out = tmp_path / "out"
    options = ["--tile", "100", "--overlap", "0", "--n-best", "2", "--device", "cpu"]
    options += ["--tiles", "--geojson"]
    run(*changed_scenes, "--out", str(out), *options, model=(str(checkpoint),))
    assert "tiles    6: 2 identical, 4 looked at" in capsys.readouterr().out
    assert "noise.pth" in json.loads((out / "summary.json").read_text())["captioner"]
    features = json.loads((out / "changes.geojson").read_text())["features"]
    assert len(features) == 4
    for feature in features:
        said = feature["properties"]
        assert len(said["n_best"]) == 2
        assert said["n_best"][0] == [said["caption"], said["score"]]


def test_a_model_with_masks_captions_objects(tmp_path, changed_scenes, checkpoint, capsys):
    out = tmp_path / "out"
    run(*changed_scenes, "--out", str(out), "--device", "cpu", model=(str(checkpoint),))
    assert "mask and sentence disagree on" in capsys.readouterr().out
    assert json.loads((out / "summary.json").read_text())["masker"] == "the captioner's own"
    assert (out / "mask.tif").exists()


@pytest.mark.usefixtures("trivial_captioner")
def test_a_method_without_labels_gives_the_mask(tmp_path, changed_scenes, capsys):
    options = ["--out", str(tmp_path / "out"), "--tile", "64", "--overlap", "16"]
    run(*changed_scenes, *options, "--method", "cva")
    assert "objects  1, 1 of them changed" in capsys.readouterr().out
    (row,) = geopandas.read_parquet(tmp_path / "out" / "changes.parquet").to_dict("records")
    assert (row["area_pixels"], row["mask"]) == (3600, "cva, above otsu")
    run(*changed_scenes, *options, "--method", "cva", "--threshold", "1000")
    assert "objects  0" in capsys.readouterr().out


@pytest.mark.usefixtures("trivial_captioner")
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--tiles", "--method", "cva"], "exclude each other"),
        (["--detector", "x.pth", "--threshold", "otsu"], "between 0 and 1"),
        (["--detector-config", "x.py"], "--detector-config is of --detector"),
        (["--detector", "x.pth"], "x.pth"),
    ],
)
def test_masks_that_make_no_sense_are_refused(tmp_path, changed_scenes, wrong, message):
    with pytest.raises((OSError, ValueError), match=message):
        run(*changed_scenes, "--out", str(tmp_path / "out"), *wrong)


@pytest.mark.usefixtures("trivial_captioner")
def test_shards_are_merged(tmp_path, changed_scenes, capsys):
    options = ["--tile", "64", "--overlap", "16", "--block", "150"]
    for i in (1, 2):
        run(*changed_scenes, "--out", str(tmp_path / "a"), *options, "--shard", f"{i}/2")
    assert capsys.readouterr().out == ""
    merge.run(Namespace(out=tmp_path / "a", drop_no_change=False, geojson=True, page_tiles=False))
    assert "written" in capsys.readouterr().out
    run(*changed_scenes, "--out", str(tmp_path / "b"), *options)
    one, other = (tmp_path / name / "changes.parquet" for name in "ab")
    assert one.read_bytes() == other.read_bytes()
    assert (tmp_path / "a" / "changes.geojson").exists()
    for wrong in ("0/2", "3/2", "2", "a/b"):
        with pytest.raises(SystemExit):
            run(*changed_scenes, "--out", str(tmp_path / "a"), "--shard", wrong)
        assert f"argument --shard: {wrong}" in capsys.readouterr().err


def test_without_a_model_the_one_of_the_package_captions(
    tmp_path, changed_scenes, checkpoint, capsys, monkeypatch
):
    (tmp_path / "dfm-small.pth").write_bytes(checkpoint.read_bytes())
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    run(*changed_scenes, "--out", str(tmp_path / "out"), "--device", "cpu", model=())
    assert "no model given: using dfm-small" in capsys.readouterr().err
    assert "dfm-small.pth" in (tmp_path / "out" / "summary.json").read_text()
    with pytest.raises(ValueError, match=r"AFTER, not x\.pth .*: x\.pth names a model"):
        run("--out", str(tmp_path / "out"), model=("x.pth", changed_scenes[0]))


def test_a_scene_far_from_the_models_training_gets_a_note(
    tmp_path, changed_scenes, checkpoint, capsys
):
    """By what its checkpoint says, or else by the data set in its config."""
    content = read_checkpoint(checkpoint)
    # Tiles of 200 pixels come to the model with 64: pixels of 10 m with 31 m.
    known = {"least": 25, "greatest": 40, "source": "x"}
    told = {**content["meta"], "mmrsicc": {**content["meta"]["mmrsicc"], "training_gsd": known}}
    told["mmrsicc"]["training"] = {"type": "LEVIRCCDataset"}
    config = """
train_dataloader = dict(dataset=dict(type="LEVIRCCDataset"))
"""
    configured = {**content["meta"], "cfg": content["meta"]["cfg"] + config}
    options = ["--tile", "200", "--overlap", "0", "--device", "cpu"]
    for i, (meta, noted) in enumerate(
        ((told, False), (configured, True), (content["meta"], False))
    ):
        path = tmp_path / f"{i}.pth"
        torch.save({**content, "meta": meta}, path)
        run(*changed_scenes, "--out", str(tmp_path / str(i)), *options, model=(str(path),))
        note = (
            r"pixels of 10 m, resized to pixels of 31\.\d m, but the model was trained on pixels "
            r"of 0\.5 m \(the images of LEVIR-CC\)"
        )
        assert (re.search(note, capsys.readouterr().out) is not None) is noted


def test_what_is_written_of_all_shares_is_told_to_the_merge(tmp_path, changed_scenes):
    with pytest.raises(ValueError, match="give them to mmrsicc merge"):
        run(*changed_scenes, "--out", str(tmp_path / "out"), "--shard", "1/2", "--geojson")


@pytest.mark.parametrize("option", [["--highlight"], ["--empty-tiles"], ["--min-area", "50"]])
def test_options_of_masks_are_refused_where_there_are_none(
    tmp_path, changed_scenes, option, monkeypatch
):
    def without_masks(pairs):
        return [SimpleNamespace(mask=None, error=None) for _ in pairs]

    monkeypatch.setattr(scene, "_load", lambda *_: scene._Model(without_masks, "trivial"))
    with pytest.raises(ValueError, match=f"has no masks: .*or leave out {option[0]}"):
        run(*changed_scenes, "--out", str(tmp_path / "out"), *option)
    with pytest.raises(ValueError, match=f"--tiles captions without masks: .* {option[0]}"):
        run(*changed_scenes, "--out", str(tmp_path / "out"), "--tiles", *option)


@pytest.mark.usefixtures("trivial_captioner")
def test_many_files_of_a_date_make_a_long_text(tmp_path, write_raster, monkeypatch):
    """Longer than a file's name may be."""
    monkeypatch.chdir(tmp_path)
    dates = [
        ",".join(
            Path(write_raster(f"{date}{i}{'x' * 100}.tif", band[None])).name
            for i, band in enumerate(pixels)
        )
        for date, pixels in zip("ab", changed_pair(), strict=True)
    ]
    run(*dates, "--out", "out")
    assert Path("out/summary.json").exists()
