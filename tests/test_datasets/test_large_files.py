"""Verification and statistics of files that are too large to be decoded whole."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmrsicc.datasets import ChangeDetectionDataset
from mmrsicc.datasets.band_statistics import band_statistics
from mmrsicc.datasets.transforms import LoadBands, LoadBandTile, LoadPair, LoadTile
from mmrsicc.datasets.verify import verify_mask_dataset

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
from make_band_layout import write_tiff

pytest.importorskip("rasterio", reason="reading windows needs the extra geo")
MASK = 255 * np.eye(12, 16, dtype=np.uint8)[None]
STEPS = {
    "pictures": (LoadTile(), LoadPair()),
    "bands": (LoadBandTile(before_bands=(5, 2), after_bands=(5, 2)), LoadBands((5, 2), (5, 2))),
}


def scene(root, kind):
    """A pair with holes in some rows of the first date, where it has bands."""
    shape = (2, 3, 12, 16) if kind == "pictures" else (2, 5, 12, 16)
    values = np.random.default_rng(0).integers(1, 250, shape)
    values[0, :, 4:7] = 0
    dates = values.astype(np.uint8 if kind == "pictures" else np.uint16)
    for folder, bands in zip(("A", "B", "label"), (*dates, MASK), strict=True):
        nodata = 0 if kind == "bands" and folder == "A" else None
        write_tiff(root / folder / "scene.tif", bands, nodata=nodata)
    return root


@pytest.fixture
def small_limits(monkeypatch):
    """No image may be decoded whole, and three rows are read at once."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 90)
    monkeypatch.setattr("mmrsicc.datasets.transforms.tiles._STRIP", 3 * 16)


def data(root, step):
    return ChangeDetectionDataset(str(root), "x", tile_size=8, pipeline=[step], lazy_init=True)


def faults(root, step):
    return [(f.kind, f.message) for f in verify_mask_dataset(data(root, step))]


@pytest.mark.parametrize("kind", STEPS)
def test_sound_files_have_no_fault(tmp_path, small_limits, kind):
    assert faults(scene(tmp_path, kind), STEPS[kind][0]) == []


@pytest.mark.parametrize("kind", STEPS)
def test_each_fault_is_that_of_its_file(tmp_path, small_limits, kind):
    step = STEPS[kind][0]
    after = scene(tmp_path / "cut", kind) / "B" / "scene.tif"
    after.write_bytes(after.read_bytes()[:-200])  # The last rows.
    ((fault, message),) = faults(tmp_path / "cut", step)
    assert fault == "unreadable image" and f"{after} is damaged or cut short" in message
    unclear = scene(tmp_path / "unclear", kind) / "label" / "scene.tif"
    write_tiff(unclear, MASK // 255 * np.uint8(9))
    ((fault, message),) = faults(tmp_path / "unclear", step)
    assert fault == "unclear mask" and f"{unclear} has the value" in message
    small = scene(tmp_path / "small", kind) / "label" / "scene.tif"
    write_tiff(small, MASK[:, :11])
    ((fault, message),) = faults(tmp_path / "small", step)
    assert fault == "sizes differ" and f"{small} is 16 x 11 pixels" in message


def test_dates_of_other_sizes_or_bands_are_told(tmp_path, small_limits):
    root, step = scene(tmp_path, "bands"), LoadBandTile()
    write_tiff(root / "B" / "scene.tif", np.ones((4, 11, 16), np.uint16))
    found = faults(root, step)
    assert [fault for fault, _ in found] == ["dates do not fit", "sizes differ"]
    assert "A/scene.tif has 5 bands" in found[0][1] and "B/scene.tif 4" in found[0][1]


@pytest.mark.parametrize("kind", STEPS)
def test_statistics_are_those_of_the_whole(tmp_path, monkeypatch, kind):
    tile, whole = STEPS[kind]
    paths = (scene(tmp_path, kind) / folder / "scene.tif" for folder in ("A", "B"))
    pair = dict(zip(("before_path", "after_path"), map(str, paths), strict=True))
    expected = band_statistics([pair], whole)["before"]
    monkeypatch.setattr("mmrsicc.datasets.transforms.tiles._STRIP", 3 * 16)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 90)
    found = band_statistics([pair], tile)["before"]
    np.testing.assert_allclose(found["mean"], expected["mean"], rtol=1e-5)
    np.testing.assert_allclose(found["std"], expected["std"], rtol=1e-5)
