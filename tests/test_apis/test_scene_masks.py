"""Detectors as what finds the changed pixels of a scene."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from data.band_models import band_config
from data.make_band_layout import make_bands
from mmengine import Config
from mmengine.registry import init_default_scope
from PIL import Image
from test_cli.test_detect_command import detector, pictures

from mmrsicc.apis.detecting import TrainedDetector
from mmrsicc.apis.scene_masks import DetectorMasks, MethodMasks
from mmrsicc.change_maps import CVA, otsu
from mmrsicc.datasets.transforms import LoadBands
from mmrsicc.registry import MODELS

__all__ = ["detector"]


def pixels(before, after, values=None):
    """As ``PairPixels``, which needs rasterio."""
    dates, valid = values or (before, after), np.ones(before.shape[:2], bool)
    return SimpleNamespace(before=before, after=after, dates=dates, valid=valid)


def test_a_trained_detector_says_of_pixels_what_it_says_of_their_files(tmp_path, detector):
    config, checkpoint, _ = detector
    files = [folder / "a.png" for folder in pictures(tmp_path)]
    expected = TrainedDetector(config, checkpoint, "cpu")(*files).scores
    tile = pixels(*(np.array(Image.open(file)) for file in files))
    threshold = float(np.median(expected))
    masks = DetectorMasks(config, checkpoint, "cpu", threshold)
    (scores,) = masks([tile])
    assert np.array_equal(scores > 0.5, expected > threshold)
    assert 0.05 < (scores > 0.5).mean() < 0.95
    other = DetectorMasks(config, checkpoint, "cpu", 0.5)
    assert masks.name != other.name and "detector.pth" in other.name


def test_a_detector_of_bands_gets_the_values_that_the_captioner_gets(tmp_path):
    pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")
    data = make_bands(tmp_path / "data", counts=(2, 1, 1))
    files = [str(data / f"images/train/{date}/train_001.tif") for date in "AB"]
    cfg = Config.fromstring(band_config("one"), ".py")
    model = {"type": "FCSiamDiff", "source_dataset": "none"}
    cfg.model = {**model, "statistics": cfg.model.encoder.statistics}
    cfg.dump(tmp_path / "detector.py")
    init_default_scope("mmrsicc")
    torch.save({"state_dict": MODELS.build(cfg.model).state_dict()}, tmp_path / "detector.pth")
    weights = (tmp_path / "detector.py", tmp_path / "detector.pth", "cpu")
    masks = DetectorMasks(*weights, loading=LoadBands())
    loaded = LoadBands()(dict(zip(("before_path", "after_path"), files, strict=True)))
    dates = loaded["before"], loaded["after"]
    (scores,) = masks([pixels(*(np.zeros((32, 32, 3), np.uint8),) * 2, dates)])
    np.testing.assert_allclose(scores, TrainedDetector(*weights)(*files).scores, atol=1e-6)
    with pytest.raises(ValueError, match=r"reads all bands and all bands, the captioner 8-bit RGB"):
        DetectorMasks(*weights)
    other = LoadBands(before_bands=(1, 2), decibels=(True, False))
    with pytest.raises(ValueError, match=r"the captioner bands \(1, 2\) in decibels and all bands"):
        DetectorMasks(*weights, loading=other)


def test_all_tiles_of_a_scene_have_one_threshold():
    """Alone, a tile of noise would be parted in two by Otsu's rule."""
    pytest.importorskip("rasterio", reason="scenes need the extra geo")
    generator = np.random.default_rng(0)
    before = generator.integers(0, 60, (400, 500, 3)).astype(np.uint8)
    after = before + generator.integers(0, 9, before.shape).astype(np.uint8)
    after[200:300, 300:400] += 150

    def read(window):
        rows, columns = window.toslices()
        return pixels(before[rows, columns], after[rows, columns])

    masks = MethodMasks("cva")
    masks.fit(SimpleNamespace(grid=SimpleNamespace(width=500, height=400), read=read))
    quiet, changed = masks([pixels(before[:64, :64], after[:64, :64]), pixels(before, after)])
    assert not quiet.any()
    assert np.array_equal(np.argwhere(changed).min(0), [200, 300]) and changed.sum() == 100 * 100
    alone = CVA()(before[:64, :64], after[:64, :64])
    assert (alone > otsu(alone)).any()


def test_a_method_sees_bands_that_no_picture_shows():
    pytest.importorskip("rasterio", reason="scenes need the extra geo")
    before = np.random.default_rng(0).normal(1000, 5, (64, 64, 8)).astype(np.float32)
    after = before.copy()
    after[10:20, 30:50, 7] += 900
    picture = np.zeros((64, 64, 3), np.uint8)
    tile = pixels(picture, picture, (before, after))
    masks = MethodMasks("cva")
    grid = SimpleNamespace(width=64, height=64)
    masks.fit(SimpleNamespace(grid=grid, read=lambda window: tile))
    (found,) = masks([tile])
    assert np.array_equal(np.argwhere(found).min(0), [10, 30]) and found.sum() == 10 * 20


def test_a_small_part_with_data_gets_a_threshold_and_none_of_the_scene_before():
    """Between windows that are spread evenly, a small part of a large scene is not seen."""
    pytest.importorskip("rasterio", reason="scenes need the extra geo")
    side, start = 8000, 750
    generator = np.random.default_rng(0)

    def read(window):
        rows, columns = window.toslices()
        before = generator.integers(0, 60, (window.height, window.width, 3)).astype(np.uint8)
        after = before + 1
        valid = np.zeros((window.height, window.width), bool)
        inside = [
            slice(max(start - s.start, 0), max(start + 80 - s.start, 0)) for s in (rows, columns)
        ]
        valid[tuple(inside)] = True
        after[valid] += generator.integers(0, 2, (valid.sum(), 1), np.uint8) * 100
        tile = pixels(before, after)
        tile.valid = valid
        return tile

    seen = np.zeros((200, 200), bool)
    seen[19:21, 19:21] = True
    grid = SimpleNamespace(width=side, height=side)
    masks = MethodMasks("cva")
    masks.fit(SimpleNamespace(grid=grid, read=read, overview=SimpleNamespace(valid=seen)))
    assert 2 < masks._limit < 150
    empty = SimpleNamespace(valid=np.zeros((200, 200), bool))
    with pytest.raises(ValueError, match=r"no window of 256 pixels has data.*--threshold"):
        masks.fit(SimpleNamespace(grid=grid, read=read, overview=empty))


def test_a_detector_with_another_config_has_another_name(tmp_path, detector):
    config, checkpoint, _ = detector
    changed = tmp_path / "other.py"
    changed.write_text(f"_base_ = [{str(config)!r}]\nmodel = dict(size_divisor=64)\n")
    names = {DetectorMasks(c, checkpoint, "cpu").name for c in (config, config, changed)}
    assert len(names) == 2
