"""Both dates of a pair as numbers: any bands, and where there is data."""

import warnings

import numpy as np
import pytest
from PIL import Image

from mmrsicc.datasets.band_values import Numbered
from mmrsicc.datasets.pair_values import read_pair_values, read_validity

DEEP = np.random.default_rng(1).integers(1, 4000, (7, 12, 16), dtype=np.uint16)


def write(path, bands, scales=None, offsets=None, **profile):
    """GeoTIFF of (bands, H, W), without coordinates."""
    rasterio = pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")
    size = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "w", driver="GTiff", dtype=bands.dtype, **size, **profile) as file:
            file.write(bands)
            if scales is not None:
                file.scales, file.offsets = scales, offsets
    return path


def test_all_bands_or_those_that_are_chosen(tmp_path):
    before = write(tmp_path / "a.tif", DEEP)
    after = write(tmp_path / "b.tif", DEEP + 5)
    first, second, valid = read_pair_values(before, after)
    assert first.dtype == np.uint16 and np.array_equal(first, DEEP.transpose(1, 2, 0))
    assert np.array_equal(second, first + 5) and valid.all()
    first, second, _ = read_pair_values(before, after, (7, 2))
    assert np.array_equal(first, DEEP[[6, 1]].transpose(1, 2, 0))


@pytest.mark.parametrize("bands", [1, 3, 4])
def test_eight_bits_have_all_their_bands_and_their_declared_holes(tmp_path, bands):
    """Pillow would drop the fourth band, and it does not tell what is no data."""
    pixels = (DEEP[:bands] % 255 + 1).astype(np.uint8)
    pixels[:, 2:4, 5] = 0
    pixels[0, 8, 8] = 0  # No hole: the other bands have data, if there are others.
    profile = {"photometric": "RGB", "alpha": "unspecified"} if bands == 4 else {}
    path = write(tmp_path / "a.tif", pixels, nodata=0, **profile)
    full = write(tmp_path / "b.tif", np.maximum(pixels, 1), **profile)
    first, _, valid = read_pair_values(path, full)
    expected = np.repeat(pixels, 3, axis=0) if bands == 1 else pixels
    assert np.array_equal(first.transpose(2, 0, 1), expected)
    holes = {(2, 5), (3, 5)} | ({(8, 8)} if bands == 1 else set())
    assert {*zip(*map(list, np.nonzero(~valid)), strict=True)} == holes
    assert read_pair_values(full, full)[2].all()


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_mask_of_the_file_says_where_there_is_data(tmp_path, kind, inside):
    rasterio = pytest.importorskip("rasterio", reason="masks are read by the extra geo")
    path = write(tmp_path / "masked.tif", DEEP[:3].astype(kind))
    full = write(tmp_path / "full.tif", DEEP[:3].astype(kind))
    expected = np.ones((12, 16), bool)
    expected[:, 5:9] = False
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=inside), rasterio.open(path, "r+") as file:
        file.write_mask(expected)
    assert (tmp_path / "masked.tif.msk").exists() != inside
    assert np.array_equal(read_pair_values(path, full)[2], expected)
    assert np.array_equal(read_validity(full, path), expected)


def test_the_value_without_data_where_zero_is_white(tmp_path):
    pixels = (DEEP[:1] % 255 + 1).astype(np.uint8)
    pixels[:, :, 3:6] = 0
    before = write(tmp_path / "a.tif", pixels, photometric="MINISWHITE", nodata=0)
    first, _, valid = read_pair_values(before, before)
    assert np.array_equal(first[..., 0], 255 - pixels[0])
    assert np.array_equal(valid, pixels[0] != 0)


def test_deep_values_without_data(tmp_path):
    holes = DEEP.copy()
    holes[3, 1, 2] = 0
    after = DEEP.astype(np.float32)
    after[0, 4, 4] = np.nan
    after = write(tmp_path / "b.tif", after)
    before = write(tmp_path / "a.tif", holes.astype(np.float32), nodata=0)
    _, _, valid = read_pair_values(before, after)
    assert np.argwhere(~valid).tolist() == [[1, 2], [4, 4]]


def test_only_bands_that_are_compared_say_where_there_is_data(tmp_path):
    before = DEEP.copy()
    before[6, 1:3] = 0
    before[1, 8, 4] = 0
    before = write(tmp_path / "a.tif", before, nodata=0)
    after = write(tmp_path / "b.tif", DEEP)
    _, _, valid = read_pair_values(before, after, (4, 3, 2))
    assert np.argwhere(~valid).tolist() == [[8, 4]]
    chosen = Numbered((4, 3, 2)), Numbered((1,))
    assert np.array_equal(read_validity(before, after, chosen), valid)
    assert not read_pair_values(before, after)[2][1:3].any()
    assert not read_validity(before, after)[1:3].any()


def test_values_are_in_the_unit_that_both_files_declare(tmp_path):
    """Sentinel-2 since 2022 stores reflectances of another offset: that is no change."""
    scales = [1e-4] * 7
    before = write(tmp_path / "a.tif", DEEP, scales, [0.0] * 7)
    after = write(tmp_path / "b.tif", DEEP + 1000, scales, [-0.1] * 7)
    first, second, _ = read_pair_values(before, after, (2, 3))
    assert np.allclose(first, DEEP[1:3].transpose(1, 2, 0) * 1e-4)
    assert np.allclose(first, second)
    plain = write(tmp_path / "c.tif", DEEP)
    with pytest.raises(ValueError, match=r"a\.tif and .*c\.tif: the first date has uint16 values"):
        read_pair_values(before, plain)


def test_pictures_are_read_as_well(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 5, 4), dtype=np.uint8)
    for mode in ("L", "RGB", "RGBA"):
        paths = [tmp_path / f"{name}_{mode}.png" for name in "ab"]
        for path in paths:
            Image.fromarray(pixels).convert(mode).save(path)
        first, _, valid = read_pair_values(*paths)
        expected = np.asarray(Image.fromarray(pixels).convert(mode).convert("RGB"))
        assert np.array_equal(first, expected) and valid.all()


def test_what_does_not_fit_is_told(tmp_path):
    before = write(tmp_path / "a.tif", DEEP)
    few = write(tmp_path / "few.tif", DEEP[:3])
    small = write(tmp_path / "small.tif", DEEP[:, 1:])
    with pytest.raises(ValueError, match=r"a\.tif has 16 x 12 pixels with 7 bands, .*3 bands: lay"):
        read_pair_values(before, few)
    with pytest.raises(ValueError, match="16 x 11 pixels"):
        read_pair_values(before, small)
    assert read_pair_values(before, few, (1, 3))[0].shape == (12, 16, 2)
    for bands in ((0,), (4,), ()):
        with pytest.raises(ValueError, match=r"few\.tif has 3 bands: bands \("):
            read_pair_values(few, few, bands)
    with pytest.raises(FileNotFoundError):
        read_pair_values(before, tmp_path / "no.tif")
