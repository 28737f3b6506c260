"""One radiometry for both dates: ranges, declared scales and offsets, what stays as it is."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from PIL import Image

from mmrsicc.datasets.image_io import read_image, read_pair
from mmrsicc.datasets.radiometry import Calibration, Radiometry, common_radiometry
from mmrsicc.datasets.transforms import LoadPair, PackChangeInputs

RNG = np.random.default_rng(0)


def plain(values):
    return Calibration(values.dtype.name, (1.0,) * len(values), (0.0,) * len(values))


def radiometry(before, after, **options):
    return common_radiometry(before, after, (plain(before), plain(after)), **options)


def test_the_range_is_that_of_both_dates_together():
    before = RNG.normal(1000, 100, (3, 5000)).astype(np.float32)
    after = RNG.normal(3000, 100, (3, 5000)).astype(np.float32)
    found = radiometry(before, after, percentiles=(2, 98))
    pooled = np.concatenate([before, after], 1)
    assert np.allclose(found.low, np.percentile(pooled, 2, axis=1))
    assert np.allclose(found.high, np.percentile(pooled, 98, axis=1))
    valid = np.ones((50, 100), bool)
    valid[:10] = False
    dates = (before.reshape(3, 50, 100), after.reshape(3, 50, 100))
    one, two = (s(v, valid) for s, v in zip(found.stretches, dates, strict=True))
    assert one.dtype == np.uint8 and (one[:10] == 0).all()
    expected = (dates[0][1, 20, 20] - found.low[1]) / (found.high[1] - found.low[1]) * 255
    assert abs(one[20, 20, 1] - np.clip(expected, 0, 255)) <= 0.51
    assert one[valid].mean() < 40 < 215 < two[valid].mean()


def test_eight_bits_stay_as_they_are_and_do_not_mix_with_sixteen():
    values = RNG.integers(0, 256, (3, 400), dtype=np.uint8)
    image, valid = values.reshape(3, 20, 20), np.ones((20, 20), bool)
    for options in ({}, {"value_range": (0, 100)}):
        found = radiometry(values, values, **options)
        assert (found.source, found.low) == ("as they are", None)
        assert np.array_equal(found.stretches[0](image, valid), image.transpose(1, 2, 0))
    with pytest.raises(ValueError, match=r"uint8 values, the second uint16.*one type and unit"):
        radiometry(values, values.astype(np.uint16))


def test_a_named_range_lets_eight_bits_beside_sixteen_stay():
    values = RNG.integers(0, 256, (3, 400), dtype=np.uint8)
    found = radiometry(values, values * np.uint16(257), value_range=(0, 65535))
    valid, shape = np.ones((20, 20), bool), (3, 20, 20)
    one, two = found.stretches
    assert np.array_equal(
        one(values.reshape(shape), valid), two((values * np.uint16(257)).reshape(shape), valid)
    )


def test_a_flat_band_and_no_data_do_not_divide_by_zero():
    flat = np.full((1, 81), 700, np.uint16)
    stretch = radiometry(flat, flat).stretches[0]
    assert (stretch(flat.reshape(1, 9, 9), np.ones((9, 9), bool)) == 0).all()
    with pytest.raises(ValueError, match="no pixel of either date has data"):
        radiometry(flat[:, :0], flat[:, :0])


def test_digital_numbers_and_reflectances_do_not_mix_but_scaled_ones_do():
    counts = RNG.integers(0, 10_000, (3, 400), dtype=np.uint16)
    reflectances = counts.astype(np.float32) / 10_000
    for pair in ((counts, reflectances), (reflectances, counts)):
        for options in ({}, {"value_range": (0, 1)}):
            with pytest.raises(ValueError, match=r"float32.*one type and unit"):
                radiometry(*pair, **options)
    assert radiometry(counts, counts.astype(np.int32)).low is not None
    scaled = Calibration("uint16", (1e-4,) * 3, (0.0,) * 3)
    found = common_radiometry(counts, reflectances, (scaled, plain(reflectances)))
    valid, shape = np.ones((20, 20), bool), (3, 20, 20)
    one, two = (
        stretch(values.reshape(shape), valid).astype(int)
        for stretch, values in zip(found.stretches, (counts, reflectances), strict=True)
    )
    assert np.abs(one - two).max() <= 1


def test_equal_values_with_other_offsets_are_not_equal():
    here, there = (Calibration("uint16", (1e-4,), (offset,)) for offset in (0.0, -0.1))
    found = Radiometry(here, there)
    stored = np.array([[[1000, 2000]]], np.uint16)
    assert not found.equal(stored, stored).any()
    assert found.equal(stored, stored + np.uint16(1000)).all()


@pytest.mark.parametrize("value_range", [None, (0.0, 0.4)])
def test_equal_reflectances_with_other_offsets_become_equal(tmp_path, value_range):
    """Sentinel-2's baseline 04.00 stores reflectance x 10,000 + 1,000."""
    rasterio = pytest.importorskip("rasterio", reason="needs the extra geo")
    reflectance = RNG.uniform(0, 0.3, (3, 40, 50))
    paths = []
    for name, offset in (("old", 0.0), ("new", -0.1)):
        stored = np.rint((reflectance - offset) * 10_000).astype(np.uint16)
        path = tmp_path / f"{name}.tif"
        size = {"width": 50, "height": 40, "count": 3, "dtype": "uint16"}
        with rasterio.open(path, "w", driver="GTiff", **size) as file:
            file.write(stored)
            file.scales, file.offsets = (1e-4,) * 3, (offset,) * 3
        paths.append(path)
    before, after, found = read_pair(*paths, value_range=value_range)
    assert np.abs(before.astype(int) - after).max() <= 1
    assert np.ptp(before) > 150
    assert found.after.offset == (-0.1,) * 3
    low, high = (0.0, 0.4) if value_range else (0.003, 0.297)
    assert np.allclose(found.low, low, atol=2e-3) and np.allclose(found.high, high, atol=2e-3)


def test_reflectances_in_sixteen_bits_are_not_black_and_the_range_is_recorded(tmp_path):
    reflectances = RNG.normal(800, 200, (2, 64, 64)).clip(1).astype(np.uint16)
    record = {}
    for key, values in zip(("before", "after"), reflectances, strict=True):
        Image.fromarray(values).save(tmp_path / f"{key}.png")
        record[f"{key}_path"] = str(tmp_path / f"{key}.png")
    sample = PackChangeInputs()(LoadPair()(dict(record)))
    assert 100 < torch.stack(sample["inputs"]).float().mean() < 155  # 3 with a division by 65,535
    found = sample["data_samples"].metainfo["radiometry"]
    assert np.allclose(found["low"], np.percentile(reflectances, 1))
    assert np.allclose(found["high"], np.percentile(reflectances, 99))
    assert json.loads(json.dumps(found))["source"] == "percentiles"
    fixed = LoadPair(value_range=(0, 3000))(dict(record))
    expected = np.clip(reflectances[1] / 3000, 0, 1) * 255
    assert np.abs(fixed["after"][..., 0] - expected).max() <= 0.51
    assert fixed["radiometry"]["source"] == "fixed range"


@pytest.mark.parametrize("value_range", [(3000,), (5, 5), (1, 0)])
def test_a_range_must_rise(value_range):
    with pytest.raises(ValueError, match=r"give the values that become 0 and 255"):
        LoadPair(value_range=value_range)


def test_pixels_without_data_do_not_count_and_are_black_in_both(tmp_path):
    rasterio = pytest.importorskip("rasterio", reason="needs the extra geo")
    values = RNG.integers(500, 1500, (2, 1, 30, 30)).astype(np.float32)
    values[0, 0, :5] = -9999
    values[1, 0, 5:8] = np.nan
    paths = [tmp_path / "0.tif", tmp_path / "1.tif"]
    for path, date in zip(paths, values, strict=True):
        size = {"width": 30, "height": 30, "count": 1, "dtype": "float32", "nodata": -9999}
        with rasterio.open(path, "w", driver="GTiff", **size) as file:
            file.write(date)
    before, after, found = read_pair(*paths)
    assert 490 < found.low[0] < 530 and 1470 < found.high[0] < 1510
    for image in (before, after):
        assert (image[:8] == 0).all() and image[8:].mean() > 100


def test_one_image_alone_has_its_own_range(tmp_path):
    values = np.arange(10_000, dtype=np.uint16).reshape(100, 100)
    Image.fromarray(values).save(tmp_path / "x.png")
    image = read_image(tmp_path / "x.png")
    assert image[0, 0, 0] == 0 and image[-1, -1, 0] == 255
    assert np.abs(image[50, 0] - 127.5).max() < 1.5


def test_a_large_image_has_the_range_of_its_pixels_whatever_its_stripes(tmp_path):
    """Columns of 1,024 pixels, every fourth of which is bright."""
    values = np.full((1024, 1024), 500, np.uint16)
    values[:, ::4] = np.linspace(1000, 2000, 1024 * 256).reshape(1024, 256)
    Image.fromarray(values).save(tmp_path / "x.png")
    _, _, found = read_pair(tmp_path / "x.png", tmp_path / "x.png")
    assert np.allclose([found.low[0], found.high[0]], np.percentile(values, (1, 99)), atol=4)
    assert found == read_pair(tmp_path / "x.png", tmp_path / "x.png")[2]


def test_the_record_is_all_of_it():
    found = Radiometry(*(Calibration("uint16", (0.5,), (0.0,)),) * 2, "fixed range", (0.0,), (9.0,))
    assert found.to_dict() == asdict(found)
    assert found.stretches[0].high == (18.0,)
