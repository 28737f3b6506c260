"""Pairs of any bands: what a model gets of them, their statistics and pictures."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmrsicc.datasets import (
    ChangeCaptionDataset,
    ChangeDetectionDataset,
    MOSAICSen2CCDataset,
)
from mmrsicc.datasets.band_statistics import RunningStatistics, band_statistics
from mmrsicc.datasets.transforms import (
    KeptPair,
    LoadBands,
    LoadBandTile,
    LoadPair,
    LoadTile,
    PackChangeInputs,
)
from mmrsicc.datasets.verify import verify_dataset
from mmrsicc.visualization import raw_pair

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
from make_band_layout import make_bands, write_tiff

pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")
DATES = ("before", "after")
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


@pytest.mark.parametrize("nodata", [None, 7])
def test_tiles_of_bands_are_read_by_window(tmp_path, monkeypatch, nodata):
    before, after = DEEP.copy(), DEEP[:2].astype(np.float32) / 7
    before[:, 3, 8] = 7 if nodata else DEEP[:, 3, 8]
    for folder, values in (("A", before), ("B", after), ("label", np.eye(12, 16)[None])):
        kind = {"nodata": nodata} if folder == "A" else {}
        values = values.astype(np.uint8) if folder == "label" else values
        write_tiff(tmp_path / folder / "scene.tif", values, **kind)
    loading = {"before_bands": (9, 2), "same_sensor": False, "decibels": (False, True)}
    step = LoadBandTile(binary_mask=True, **loading)
    data = ChangeDetectionDataset(str(tmp_path), "x", tile_size=8, pipeline=[step])
    whole = LoadBands(binary_mask=True, **loading)(data.get_data_info(0))
    monkeypatch.setattr("mmrsicc.datasets.transforms.band_loading.read_bands", None)
    assert len(data) == 4
    for tile in data:
        place = tile["window"].slices
        assert tile["ori_shape"] == (12, 16) and tile["img_shape"] == (8, 8)
        assert np.array_equal(tile["gt_mask"], whole["gt_mask"][place])
        assert np.array_equal(tile["after"], whole["after"][place])
        missing = np.zeros((12, 16), bool)
        missing[3, 8] = nodata is not None
        missing = missing[place]
        assert np.array_equal(tile["before"][~missing], whole["before"][place][~missing])
        means = tile["before"][~missing].mean(axis=0)
        assert np.allclose(tile["before"][missing], means)


def test_bands_that_are_not_asked_for_do_not_say_where_there_is_data(tmp_path):
    values = DEEP.copy()
    values[7, 2:5] = 0  # A band that is not read.
    values[3, 6, 9] = 0
    path = str(write_tiff(tmp_path / "a.tif", values, nodata=0))
    pair = {"before_path": path, "after_path": path}
    loading = LoadBands((4, 3, 2), (4, 3, 2))
    image, _ = loading.read(path, path)
    assert np.argwhere(~loading.quantities(0, image)[1]).tolist() == [[6, 9]]
    tile = LoadBandTile(before_bands=(4, 3, 2), after_bands=(4, 3, 2))
    whole = loading(dict(pair))["before"]
    assert np.array_equal(tile({**pair, "window": (0, 0, 16, 12)})["before"], whole)
    assert np.array_equal(whole[2:5], values[[3, 2, 1], 2:5].transpose(1, 2, 0))


@pytest.mark.parametrize("nodata", [None, 0])
def test_grey_of_8_bits_has_three_equal_bands(tmp_path, nodata):
    """Whether Pillow reads the file or GDAL, as it does where no-data is declared."""
    grey = DEEP[:1].astype(np.uint8) % 200 + 1
    path = str(write_tiff(tmp_path / "g.tif", grey, nodata=nodata))
    pair = {"before_path": path, "after_path": path}
    expected = np.repeat(grey.transpose(1, 2, 0), 3, axis=2)
    assert np.array_equal(LoadBands()(dict(pair))["before"], expected)
    assert np.array_equal(LoadBands((3, 1), (3, 1))(dict(pair))["after"], expected[..., :2])
    tile = LoadBandTile()({**pair, "window": (2, 1, 5, 4)})
    assert np.array_equal(tile["before"], expected[1:5, 2:7])
    with pytest.raises(ValueError, match=r"g\.tif has 3 bands: bands \(4,\)"):
        LoadBands((4,), (1,))(dict(pair))


def test_one_band_of_other_values_stays_one(tmp_path):
    import rasterio

    index = write_tiff(tmp_path / "index.tif", DEEP[:1].astype(np.uint8))
    with rasterio.open(index, "r+") as file:
        file.scales = [0.01]
    for path in (index, write_tiff(tmp_path / "deep.tif", DEEP[:1])):
        loaded = LoadBands()({"before_path": str(path), "after_path": str(path)})
        assert loaded["before"].shape == (12, 16, 1)


def test_colours_of_a_palette_are_its_bands(tmp_path):
    """Whether Pillow reads the file or GDAL, as it does this compression."""
    import rasterio

    indices, images = DEEP[0].astype(np.uint8) % 4, []
    for compression in ("deflate", "zstd"):
        profile = {"photometric": "palette", "compress": compression}
        path = write_tiff(tmp_path / f"{compression}.tif", indices[None], **profile)
        with rasterio.open(path, "r+") as file:
            file.write_colormap(1, {i: (10 * i, 20 * i, 30 * i, 255) for i in range(256)})
        images.append(LoadBands((3, 1), (3, 1))(dict.fromkeys(("before_path", "after_path"), path)))
    assert np.array_equal(images[0]["before"], np.stack([indices * 30, indices * 10], -1))
    assert np.array_equal(images[1]["before"], images[0]["before"])


def test_tiles_of_bands_may_be_of_files_that_are_too_large_to_be_decoded(tmp_path, monkeypatch):
    for folder in ("A", "B"):
        write_tiff(tmp_path / folder / "scene.tif", DEEP)
    write_tiff(tmp_path / "label" / "scene.tif", np.eye(12, 16, dtype=np.uint8)[None])
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 90)

    def data(step):
        return ChangeDetectionDataset(str(tmp_path), "x", tile_size=8, pipeline=[step])

    tiles = data(LoadBandTile(before_bands=(9, 2), after_bands=(9, 2)))
    assert np.array_equal(tiles[3]["before"], DEEP[[8, 1], 4:, 8:].transpose(1, 2, 0))
    with pytest.raises(ValueError, match=r"scene\.tif is too large to be decoded whole"):
        data(LoadTile(bands=(3, 2, 1)))[0]


def test_tiles_of_other_files_are_cut_from_the_whole(tmp_path):
    """Grey of 8 bits has three equal bands, as in pictures: Pillow reads it."""
    grey = DEEP[:1].astype(np.uint8)
    path = str(write_tiff(tmp_path / "g.tif", grey))
    tile = LoadBandTile()({"before_path": path, "after_path": path, "window": (2, 1, 5, 4)})
    assert np.array_equal(tile["before"], np.stack([grey[0, 1:5, 2:7]] * 3, -1))


def test_verify_reads_pairs_as_the_pipeline_does(tmp_path):
    root = make_bands(tmp_path / "data", sar=True)
    loading = {"type": "LoadBands", "same_sensor": False, "decibels": (True, False)}

    def faults(**changes):
        data = MOSAICSen2CCDataset(
            data_root=str(root), pipeline=[{**loading, **changes}], lazy_init=True
        )
        return verify_dataset(data)

    assert faults() == []
    assert {fault.kind for fault in faults(same_sensor=True)} == {"dates do not fit"}
    (first, *_) = faults(before_bands=(3,))
    assert first.kind == "unreadable image" and "has 2 bands: bands (3,)" in first.message
    missing = root / "images/train/A/train_000.tif"
    missing.unlink()
    assert [fault.kind for fault in faults()] == ["missing image"]


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


def test_pixels_without_data_do_not_count(tmp_path):
    """LoadPair makes them black in both dates."""
    deep = np.random.default_rng(0).integers(1000, 2000, (2, 3, 32, 16), dtype=np.uint16)
    deep[0, :, :16] = 0
    paths = [
        write_tiff(tmp_path / f"{n}.tif", d, nodata=0) for n, d in zip("ab", deep, strict=True)
    ]
    pair = {f"{date}_path": str(path) for date, path in zip(DATES, paths, strict=True)}
    (found,) = band_statistics([pair], LoadPair()).values()
    loaded = LoadPair().transform(dict(pair))
    assert not loaded["after"][:16].any()
    pixels = np.stack([loaded[date][16:] for date in DATES])
    np.testing.assert_allclose(found["mean"], pixels.mean((0, 1, 2)), rtol=1e-5)


def test_a_pair_in_tiles_is_read_once(tmp_path, monkeypatch):
    root = make_bands(tmp_path) / "images/train"
    data = ChangeDetectionDataset(str(root), "x", tile_size=16, pipeline=[LoadBandTile()])
    reads, read = [], LoadBands.read
    monkeypatch.setattr(
        LoadBands, "read", lambda *args, **kwargs: reads.append(args) or read(*args, **kwargs)
    )
    records = [data.get_data_info(index) for index in range(len(data))]
    assert band_statistics(records, LoadBandTile()) == band_statistics(records[::4], LoadBands())
    assert len(records) == 16 and len(reads) == 8


def test_tiles_of_pictures_have_the_statistics_of_their_whole_pairs(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 24, 40, 3), np.uint8)
    for folder, picture in zip(("A", "B", "label"), pictures, strict=True):
        (tmp_path / folder).mkdir()
        Image.fromarray(picture).save(tmp_path / folder / "a.png")
    data = ChangeDetectionDataset(str(tmp_path), "x", tile_size=16, pipeline=[LoadTile()])
    records = [data.get_data_info(index) for index in range(len(data))]
    assert len(records) == 6
    found = band_statistics(records, LoadTile())
    assert found == band_statistics(records, LoadPair())
    np.testing.assert_allclose(found["before"]["mean"], pictures[:2].mean((0, 1, 2)), rtol=1e-5)


def test_statistics_refuse_or_resize_dates_of_two_sizes(tmp_path):
    rng = np.random.default_rng(0)
    for name, side in (("a", 24), ("b", 12)):
        Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8)).save(
            tmp_path / f"{name}.png"
        )
    pair = {f"{date}_path": str(tmp_path / f"{n}.png") for date, n in zip(DATES, "ab", strict=True)}
    with pytest.raises(ValueError, match=r"sizes differ: .*a\.png is 24 x 24"):
        band_statistics([pair], LoadTile())
    loading = LoadTile(resize_mismatched=True)
    loaded = LoadPair(resize_mismatched=True)(dict(pair))
    both = np.concatenate([loaded[date].reshape(-1, 3) for date in DATES])
    found = band_statistics([pair], loading)
    np.testing.assert_allclose(found["before"]["mean"], both.mean(0), rtol=1e-5)


def test_a_band_of_one_value_is_named():
    scaled = 1e-4 * np.arange(2000.0) - 0.1
    for band in (np.full(2000, 2.0), np.full(2000, 1e-4 * 7 - 0.1)):
        running = RunningStatistics()
        for part in np.split(np.stack([scaled, band], axis=1), [700, 1301]):
            running.add(part)
        with pytest.raises(ValueError, match="band 2 has the same value"):
            running.summary()
