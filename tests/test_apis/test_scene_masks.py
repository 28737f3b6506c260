"""Detectors as what finds the changed pixels of a scene."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from test_cli.test_detect_command import detector, pictures

from mmrsicc.apis.detecting import TrainedDetector
from mmrsicc.apis.scene_masks import DetectorMasks, MethodMasks
from mmrsicc.change_maps import CVA, otsu

__all__ = ["detector"]


def pixels(before, after):
    return SimpleNamespace(before=before, after=after, valid=np.ones(before.shape[:2], bool))


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
