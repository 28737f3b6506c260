"""Maps of scenes for captioners that read bands."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rasterio.windows import Window

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))

from band_models import write_band_model
from make_band_layout import make_bands

from mmrsicc.cli import scene
from mmrsicc.datasets.transforms import LoadBands
from mmrsicc.scenes import SceneSettings, caption_scene
from mmrsicc.scenes.pair import ScenePair

BANDS = np.random.default_rng(0).integers(500, 3000, (7, 64, 96)).astype(np.uint16)


def answers(sentences):
    return [
        SimpleNamespace(
            caption=said,
            score=0.0,
            n_best=[(said, 0.0)],
            change_probability=1.0,
            mask=None,
            error=None,
        )
        for said in sentences
    ]


def test_tiles_hold_the_values_and_maps_show_the_chosen_bands(write_raster, tmp_path):
    after = BANDS.copy()
    after[6, :, 32:] += 700  # A band that no picture shows.
    seen = []

    def captioner(pairs):
        seen.extend(pairs)
        return answers([f"gain {np.rint((b - a).mean((0, 1))[6])}" for a, b in pairs])

    loading = LoadBands(picture_bands=((3, 2, 1), (3, 2, 1)))
    names = [write_raster("a.tif", BANDS)], [write_raster("b.tif", after)]
    settings = SceneSettings(tile=32, overlap=0)
    outcome = caption_scene(captioner, *names, tmp_path / "out", settings, loading=loading)
    # The first column of tiles is identical in all bands; the others in the picture alone.
    assert outcome.tiles == {"identical": 2, "looked at": 4}
    for first, second in seen:
        assert first.shape == (32, 32, 7) and first.dtype == np.float32
        assert np.array_equal(second[..., :6], first[..., :6])
    assert {found.caption for found in outcome.objects} == {"gain 700.0"}
    written = json.loads((tmp_path / "out/summary.json").read_text())
    assert len(written["radiometry"]["low"]) == 3


def test_a_sar_image_before_and_an_optical_one_after(write_raster, tmp_path):
    powers = np.random.default_rng(1).gamma(4, 0.025, (2, 64, 96)).astype(np.float32)
    powers[:, :, 40:] *= 10
    powers[:, :8, :8] = 0  # No data in decibels.
    seen = []

    def captioner(pairs):
        seen.extend(pairs)
        return answers([f"{a.shape[2]} and {b.shape[2]} bands" for a, b in pairs])

    loading = LoadBands(
        after_bands=(2, 3, 4, 7),
        same_sensor=False,
        decibels=(True, False),
        picture_bands=((1,), (3, 2, 1)),
    )
    names = [write_raster("sar.tif", powers)], [write_raster("optical.tif", BANDS)]
    settings = SceneSettings(tile=32, overlap=0)
    outcome = caption_scene(captioner, *names, tmp_path / "out", settings, loading=loading)
    assert outcome.tiles == {"looked at": 6}
    assert {found.caption for found in outcome.objects} == {"2 and 4 bands"}
    corner, corner_after = seen[0]
    has_data = (powers > 0).all(axis=0)
    decibels = 10 * np.log10(np.where(has_data, powers, 1)).transpose(1, 2, 0)
    here = has_data[:32, :32]
    assert np.allclose(corner[here], decibels[:32, :32][here], atol=1e-4)
    optical = BANDS[[1, 2, 3, 6]].transpose(1, 2, 0)
    assert np.array_equal(corner_after, optical[:32, :32])
    # By ranges of their own: the radar in decibels, the other in bands 4, 3, 2 of the file.
    written = json.loads((tmp_path / "out/summary.json").read_text())["radiometry"]
    assert np.allclose(written["before"]["low"], np.percentile(decibels[has_data][:, 0], 1), 1e-3)
    ends = np.percentile(optical[has_data][:, [2, 1, 0]], 99, axis=0)
    assert np.allclose(written["after"]["high"], ends, 1e-3)
    with pytest.raises(ValueError, match="picture_bands"):
        chosen = SceneSettings(bands=(1,))
        caption_scene(captioner, *names, tmp_path / "o", chosen, loading=loading)


def test_pictures_of_powers_are_in_decibels(write_raster, tmp_path):
    powers = np.random.default_rng(1).gamma(4, 0.025, (2, 64, 96)).astype(np.float32)
    loading = LoadBands(decibels=(True, True))
    names = [write_raster("a.tif", powers)], [write_raster("b.tif", powers * 2)]
    with ScenePair(*names, SceneSettings(), loading=loading) as pair:
        pixels = pair.read(Window(0, 0, 96, 64))
    before, after = (10 * np.log10(date[0].astype(float)) for date in (powers, powers * 2))
    low, high = np.percentile([before, after], [1, 99])
    expected = np.rint(np.clip((after - low) / (high - low), 0, 1) * 255)
    assert np.abs(pixels.after[..., 0] - expected).max() <= 1
    with pytest.raises(ValueError, match="name percentiles"):
        ScenePair(*names, SceneSettings(value_range=(0, 1)), loading=loading)


@pytest.mark.parametrize("sensors", ["one", "two"])
def test_the_command_maps_scenes_for_a_model_of_bands(sensors, tmp_path, capsys):
    data = make_bands(tmp_path / "data", sar=sensors == "two", counts=(2, 1, 1), size=64)
    files = [str(data / f"images/train/{date}/train_001.tif") for date in "AB"]
    parser = ArgumentParser()
    scene.add_arguments(parser)
    words = [str(write_band_model(tmp_path, sensors)), *files, "--out", str(tmp_path / "out")]
    scene.run(parser.parse_intermixed_args([*words, "--tile", "32", "--overlap", "0"]))
    assert "tiles    4: 4 looked at" in capsys.readouterr().out
    written = json.loads((tmp_path / "out/summary.json").read_text())
    assert any("two sensors" in remark for remark in written["remarks"]) is (sensors == "two")


def test_each_date_is_shown_by_its_own_bands_where_one_sensor_numbers_them_otherwise(
    write_raster, tmp_path
):
    loading = LoadBands(before_bands=(4, 3, 2), after_bands=(3, 2, 1))
    names = [write_raster("a.tif", BANDS)], [write_raster("b.tif", BANDS[1:])]
    with ScenePair(*names, SceneSettings(), loading=loading) as pair:
        assert not pair.settings.two_sensors
        pixels = pair.read(Window(0, 0, 96, 64))
    assert np.array_equal(pixels.before, pixels.after) and pixels.before.std() > 1
    assert np.array_equal(*pixels.dates)
