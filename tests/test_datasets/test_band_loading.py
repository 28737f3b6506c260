"""Pairs of any bands: what a model gets of them, their statistics and pictures."""

import sys
from pathlib import Path

import numpy as np
import pytest

from mmrsicc.datasets import ChangeCaptionDataset
from mmrsicc.datasets.band_statistics import RunningStatistics, band_statistics
from mmrsicc.datasets.transforms import KeptPair, LoadBands, PackChangeInputs
from mmrsicc.visualization import raw_pair

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
from make_band_layout import make_bands, write_tiff

pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")
DEEP = np.random.default_rng(1).integers(1, 4000, (10, 12, 16), dtype=np.uint16)


@pytest.fixture
def pair(tmp_path):
    before = write_tiff(tmp_path / "a.tif", DEEP)
    after = write_tiff(tmp_path / "b.tif", DEEP + 100)
    return {"before_path": str(before), "after_path": str(after)}


def test_all_bands_or_those_that_are_named_in_their_order(pair):
    loaded = LoadBands()(dict(pair))
    assert loaded["before"].dtype == np.float32
    assert np.array_equal(loaded["before"], DEEP.transpose(1, 2, 0))
    assert np.array_equal(loaded["after"], loaded["before"] + 100)
    loaded = LoadBands((9, 2), (1, 3))(dict(pair))
    assert np.array_equal(loaded["before"], DEEP[[8, 1]].transpose(1, 2, 0))
    assert np.array_equal(loaded["after"], DEEP[[0, 2]].transpose(1, 2, 0) + 100)
    packed = PackChangeInputs()(loaded)
    assert packed["inputs"][0].shape == (2, 12, 16)
    with pytest.raises(ValueError, match=r"has 10 bands: bands \(11,\)"):
        LoadBands((11,))(dict(pair))


def test_powers_become_decibels_and_no_data_the_mean(tmp_path):
    powers = np.array([[[0.1, 1.0, 0.0], [10.0, np.nan, 0.01]]], np.float32)
    path = str(write_tiff(tmp_path / "s.tif", powers))
    loaded = LoadBands(decibels=(True, False))({"before_path": path, "after_path": path})
    expected = [[-10, 0, -5], [10, -5, -20]]  # -5 is the mean of -10, 0, 10 and -20.
    np.testing.assert_allclose(loaded["before"][..., 0], expected, atol=1e-5)
    mean = (0.1 + 1 + 0 + 10 + 0.01) / 5
    assert loaded["after"][1, 1, 0] == pytest.approx(mean)


def test_two_sensors_are_asked_for(pair, tmp_path):
    sar = str(write_tiff(tmp_path / "s.tif", np.full((2, 12, 16), 0.1, np.float32)))
    mixed = {**pair, "before_path": sar}
    with pytest.raises(ValueError, match="same_sensor=False"):
        LoadBands()(dict(mixed))
    with pytest.raises(ValueError, match="no range in common"):
        LoadBands(after_bands=(1, 2))(dict(mixed))
    loaded = LoadBands(same_sensor=False)(dict(mixed))
    assert loaded["before"].shape == (12, 16, 2) and loaded["after"].shape == (12, 16, 10)


def test_a_picture_shows_the_chosen_bands_under_one_range(pair):
    loading = LoadBands(picture_bands=((3, 2, 1), (3, 2, 1)))
    inputs = raw_pair(dict(pair), [loading])["inputs"]
    assert inputs[0].shape == (3, 12, 16) and inputs[0].dtype.is_floating_point is False
    both = np.concatenate([DEEP[2], DEEP[2] + 100]).astype(float)
    low, high = np.percentile(both, (1, 99))
    expected = np.rint(np.clip((DEEP[2] - low) / (high - low), 0, 1) * 255)
    assert np.abs(inputs[0][0].numpy().astype(float) - expected).max() <= 1
    assert (inputs[1].float() >= inputs[0].float()).all()  # A brighter date stays brighter.
    grey, _ = LoadBands((5,), (5,)).picture(
        DEEP[4:5].transpose(1, 2, 0), DEEP[:1].transpose(1, 2, 0)
    )
    assert (grey[..., 0] == grey[..., 2]).all()


def test_kept_pairs_are_as_loaded(pair):
    kept = KeptPair([{"type": "LoadBands"}])
    for _ in range(2):
        assert np.array_equal(kept(dict(pair))["after"], DEEP.transpose(1, 2, 0) + 100)


def test_running_statistics_are_those_of_all_pixels_at_once():
    pixels = np.random.default_rng(0).normal([1e6, -3], [2, 5], (1000, 2))
    running = RunningStatistics()
    for part in np.split(pixels, [1, 40, 900]):
        running.add(part)
    found = running.summary()
    np.testing.assert_allclose(found["mean"], pixels.mean(0), rtol=1e-5)
    np.testing.assert_allclose(found["std"], pixels.std(0), rtol=1e-5)


def test_one_sensor_has_one_statistic_and_two_have_two(tmp_path):
    data = ChangeCaptionDataset("LevirCCcaptions.json", str(make_bands(tmp_path / "o")))
    files = list((tmp_path / "o/images/train").glob("[AB]/*.tif"))
    (found,) = band_statistics(map(data.get_data_info, range(4)), LoadBands()).values()
    import rasterio

    stack = np.concatenate([rasterio.open(f).read().reshape(10, -1) for f in files], axis=1)
    np.testing.assert_allclose(found["mean"], stack.mean(1), rtol=1e-5)
    np.testing.assert_allclose(found["std"], stack.std(1), rtol=1e-5)
    data = ChangeCaptionDataset("LevirCCcaptions.json", str(make_bands(tmp_path / "s", sar=True)))
    loading = LoadBands(same_sensor=False, decibels=(True, False))
    found = band_statistics(map(data.get_data_info, range(4)), loading)
    assert len(found["before"]["mean"]) == 2 and len(found["after"]["mean"]) == 10
    # Ten times the logarithm of four looks lies 10/ln 10 (digamma(4) - ln 4) below the mean's.
    bias = 10 / np.log(10) * (1.2561177 - np.log(4))
    assert found["before"]["mean"][0] == pytest.approx(10 * np.log10(0.10) + bias, abs=0.15)


def test_a_band_of_one_value_is_named():
    running = RunningStatistics()
    running.add(np.array([[1.0, 2.0], [3.0, 2.0]]))
    with pytest.raises(ValueError, match="band 2 has the same value"):
        running.summary()
