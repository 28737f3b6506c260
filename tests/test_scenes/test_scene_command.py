"""``mmrsicc scene``."""

import json
from argparse import ArgumentParser

import pytest
from fabricated_scenes import brightness_captioner

pytest.importorskip("rasterio", reason="scenes need the extra geo")

from mmrsicc.cli import scene


def run(*arguments: str) -> None:
    parser = ArgumentParser()
    scene.add_arguments(parser)
    scene.run(parser.parse_intermixed_args(["model", "weights.pth", *arguments]))


@pytest.fixture(autouse=True)
def trivial_captioner(monkeypatch):
    monkeypatch.setattr(scene, "_captioner", lambda args: (brightness_captioner, "trivial"))


def test_the_summary_goes_to_the_output_and_nothing_else(tmp_path, changed_scenes, capsys):
    days = ["--dates", "2018-01-31", "2020-02-29"]
    run(*changed_scenes, "--out", str(tmp_path / "out"), "--tile", "64", "--overlap", "16", *days)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "scene    300 x 200 pixels"
    assert lines[1] == "tiles    24: 4 identical, 20 captioned"
    assert any("tiles per second" in line for line in lines)
    written = [line.split()[-1] for line in lines if line.startswith("written")]
    assert len(written) == 5
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["dates"] == ["2018-01-31", "2020-02-29"]
    assert summary["captioner"] == "trivial"


def test_bands_of_several_files_are_joined_by_commas(tmp_path, real_data, capsys):
    folder = real_data / "geotiff" / "hongkong"
    dates = [",".join(sorted(map(str, folder.glob(f"imgs_{i}/*.tif")))) for i in (1, 2)]
    out = tmp_path / "out"
    run(*dates, "--out", str(out), "--bands", "3", "2", "1", "--tile", "256")
    lines = capsys.readouterr().out
    assert "540 x 695 pixels" in lines
    assert "warped onto the grid of the first" in lines
    assert (out / "changes.geojson").exists()


def test_wrong_days_and_tiles_are_refused_before_anything_is_read(tmp_path):
    for wrong, message in (
        (["--dates", "31.1.2018", "2020-01-01"], "is no day"),
        (["--tile", "32", "--overlap", "40"], "cannot overlap"),
    ):
        with pytest.raises(ValueError, match=message):
            run("nowhere.tif", "nowhere.tif", "--out", str(tmp_path), *wrong)
