"""Tiles of change detection data, cut while they are read."""

import numpy as np
import pytest
from PIL import Image

from mmrsicc.datasets import ChangeDetectionDataset
from mmrsicc.datasets.transforms import LoadPair, LoadTile
from mmrsicc.datasets.transforms.tiles import ArrayCache
from mmrsicc.structures import IGNORED

PIPELINE = [{"type": "LoadTile", "binary_mask": True}, {"type": "PackChangeInputs"}]


def write_pair(root, name, before, after, mask, suffix=".png"):
    for folder, pixels in (("A", before), ("B", after), ("label", mask)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(root / folder / f"{name}{suffix}")


def arrays(height, width, seed=0):
    rng = np.random.default_rng(seed)
    before, after = rng.integers(0, 256, (2, height, width, 3), np.uint8)
    return before, after, 255 * (rng.random((height, width)) < 0.3).astype(np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_tiles_laid_together_are_the_image(tmp_path, suffix):
    before, after, mask = arrays(23, 31)
    write_pair(tmp_path, "scene", before, after, mask, suffix)
    dataset = ChangeDetectionDataset(
        str(tmp_path), "x", tile_size=10, tile_overlap=3, pipeline=PIPELINE
    )
    pair, label = np.zeros((2, 3, 23, 31), np.uint8), np.full((23, 31), 9, np.uint8)
    ids = set()
    for index in range(len(dataset)):
        window = dataset.get_data_info(index)["window"]
        item = dataset[index]
        assert item["inputs"].shape == (2, 3, 10, 10)
        pair[(..., *window.slices)] = item["inputs"].numpy()
        label[window.slices] = item["data_samples"].gt_mask.numpy()
        ids.add(item["data_samples"].pair_id)
        assert item["data_samples"].ori_shape == (23, 31)
        assert item["data_samples"].img_shape == (10, 10)
    assert np.array_equal(pair, np.stack([before, after]).transpose(0, 3, 1, 2))
    assert np.array_equal(label, mask // 255)
    # Columns from 0, 7, 14, 21; rows from 0, 7, 13.
    assert len(dataset) == len(ids) == 12 and "scene_21_13" in ids


def test_a_small_image_is_one_small_tile(tmp_path):
    write_pair(tmp_path, "small", *arrays(6, 8))
    dataset = ChangeDetectionDataset(str(tmp_path), "x", tile_size=10, pipeline=PIPELINE)
    assert [item["inputs"].shape for item in dataset] == [(2, 3, 6, 8)]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_tile_is_read_by_the_whole_masks_values(tmp_path, suffix):
    before, after, _ = arrays(4, 8)
    mask = np.zeros((4, 8), np.uint8)
    mask[:, 2], mask[:, 6] = 1, 255
    write_pair(tmp_path, "three", before, after, mask, suffix)
    # The left tile alone is a binary mask; beside the 255 of the right one it is not certain.
    dataset = ChangeDetectionDataset(str(tmp_path), "x", tile_size=4, pipeline=PIPELINE)
    with pytest.raises(ValueError, match=rf"three{suffix} has the values 0, 1, 255, where 255 may"):
        dataset[0]
    declared = {"mask_classes": {1: "changed"}}
    dataset = ChangeDetectionDataset(
        str(tmp_path), "x", tile_size=4, pipeline=PIPELINE, metainfo=declared
    )
    tiles = [item["data_samples"].gt_mask[0].tolist() for item in dataset]
    assert tiles == [[0, 0, 1, 0], [0, 0, IGNORED, 0]]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_class_ids_are_no_binary_mask(tmp_path, suffix):
    before, after, mask = arrays(4, 8)
    write_pair(tmp_path, "ids", before, after, (mask > 0) + np.uint8(1), suffix)
    dataset = ChangeDetectionDataset(str(tmp_path), "x", tile_size=4, pipeline=PIPELINE)
    with pytest.raises(ValueError, match=rf"ids{suffix} has the values 1, 2, which .*mask_classes"):
        dataset[0]
    declared = {"mask_classes": {1: "unchanged", 2: "changed"}}  # As OSCD's TIFF masks.
    dataset = ChangeDetectionDataset(
        str(tmp_path), "x", tile_size=4, pipeline=PIPELINE, metainfo=declared
    )
    assert np.array_equal(dataset[1]["data_samples"].gt_mask, mask[:, 4:] > 0)


def test_an_empty_mask_is_allowed_and_0_and_1_are_taken_as_they_are(tmp_path):
    before, after, _ = arrays(4, 4)
    write_pair(tmp_path, "empty", before, after, np.zeros((4, 4), np.uint8))
    write_pair(tmp_path, "ones", before, after, np.eye(4, dtype=np.uint8))
    dataset = ChangeDetectionDataset(str(tmp_path), "x", tile_size=2, pipeline=PIPELINE)
    sums = [int(item["data_samples"].gt_mask.sum()) for item in dataset]
    assert sums == [0, 0, 0, 0, 2, 0, 0, 2]


def test_each_image_is_decoded_once_while_it_fits(tmp_path, monkeypatch):
    write_pair(tmp_path, "one", *arrays(8, 8))
    write_pair(tmp_path, "two", *arrays(8, 8))
    decoded = []
    transform = LoadPair.transform
    monkeypatch.setattr(
        LoadPair, "transform", lambda self, r: decoded.append(r["pair_id"]) or transform(self, r)
    )
    dataset = ChangeDetectionDataset(str(tmp_path), "x", tile_size=4, pipeline=PIPELINE)
    for index in range(8):
        dataset[index]["inputs"].fill_(0)  # What a pipeline does to a tile stays with the tile.
    assert len(decoded) == 2
    assert dataset[0]["inputs"].any() and len(decoded) == 2
    uncached = LoadTile(cache_mb=0)
    for _ in range(2):
        uncached(dataset.get_data_info(0))
    assert len(decoded) == 4


def test_the_cache_stays_below_its_bytes():
    made = []

    def make(name, size):
        return lambda: made.append(name) or {"array": np.zeros(size, np.uint8)}

    cache = ArrayCache(10)
    for name, size in (("a", 4), ("b", 4), ("a", 4), ("c", 4), ("large", 11), ("a", 4)):
        cache.get(name, make(name, size))
        assert cache.bytes <= 10
    assert made == ["a", "b", "c", "large"]  # c drove out b, which was used longest ago
    cache.get("b", make("b", 4))
    assert made[-1] == "b"


def test_dates_of_other_sizes_are_refused_or_resized(tmp_path):
    before, after, mask = arrays(8, 8)
    write_pair(tmp_path, "pair", before, after[:4, :4], mask, ".tif")
    dataset = ChangeDetectionDataset(str(tmp_path), "x", tile_size=4, pipeline=PIPELINE)
    with pytest.raises(ValueError, match="sizes differ"):
        dataset[0]
    tile = LoadTile(resize_mismatched=True)(dataset.get_data_info(3))
    assert tile["after"].shape == (4, 4, 3)
    assert np.array_equal(tile["before"], before[4:, 4:])


def test_a_pipeline_that_reads_the_other_kind_of_images_is_refused(tmp_path):
    write_pair(tmp_path, "pair", *arrays(8, 8))
    with pytest.raises(ValueError, match=r"starts with LoadTile.*no tile_size.*with LoadPair"):
        ChangeDetectionDataset(str(tmp_path), "x", pipeline=PIPELINE)
    with pytest.raises(ValueError, match=r"starts with LoadPair.*start with LoadTile"):
        ChangeDetectionDataset(str(tmp_path), "x", tile_size=4, pipeline=[{"type": "LoadPair"}])
