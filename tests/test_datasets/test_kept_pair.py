"""Pairs kept in memory: pixels as loaded, one memory for all workers, bounded."""

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from mmrsicc.datasets.shared_arrays import SharedArrays
from mmrsicc.datasets.transforms import KeptPair, LoadPair, PackChangeInputs, ResizePair
from mmrsicc.visualization.raw_pair import mask_names

STEPS = [{"type": "LoadPair", "binary_mask": True}, {"type": "ResizePair", "scale": (12, 16)}]


@pytest.fixture
def records(tmp_path):
    """Three pairs with masks."""
    generator = np.random.default_rng(0)
    found = []
    for number in range(3):
        record = {"pair_id": str(number)}
        for key in ("before", "after", "mask"):
            shape = (20, 30) if key == "mask" else (20, 30, 3)
            pixels = generator.integers(0, 2 if key == "mask" else 256, shape, dtype=np.uint8)
            path = tmp_path / f"{key}{number}.png"
            Image.fromarray(pixels * 255 if key == "mask" else pixels).save(path)
            record[f"{key}_path"] = str(path)
        found.append(record)
    return found


def plain(record):
    return ResizePair((12, 16)).transform(LoadPair(binary_mask=True).transform(dict(record)))


def remove(record):
    for key in ("before", "after", "mask"):
        Path(record[f"{key}_path"]).unlink()


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, np.ndarray):
            assert found[key].dtype == value.dtype and np.array_equal(found[key], value)
        else:
            assert found[key] == value


def test_pixels_and_shapes_are_those_of_the_steps_and_files_are_read_once(records):
    kept = KeptPair(STEPS)
    expected = [plain(record) for record in records]
    for record, wanted in zip(records, expected, strict=True):
        assert_same(kept.transform(dict(record)), wanted)
        remove(record)
    for record, wanted in zip(records, expected, strict=True):
        found = kept.transform(dict(record))
        assert_same(found, wanted)
        found["before"][:] = 0  # What follows may write into its copy.
        assert_same(kept.transform(dict(record)), wanted)


def test_what_finds_no_room_is_loaded_each_time(records):
    one = sum(plain(records[0])[key].nbytes for key in ("before", "after", "gt_mask"))
    kept = KeptPair(STEPS, max_gib=1.9 * (one + 400) / 2**30)
    for _ in range(2):
        for record in records:
            assert_same(kept.transform(dict(record)), plain(record))
    remove(records[0])
    remove(records[1])
    kept.transform(dict(records[0]))
    with pytest.raises(FileNotFoundError):
        kept.transform(dict(records[1]))


def test_random_steps_are_refused():
    with pytest.raises(ValueError, match="not RandomOrientation, which may be random"):
        KeptPair([*STEPS, {"type": "RandomOrientation"}])


class Pairs(Dataset):
    """Pairs through KeptPair; each sample also says what worker loaded it."""

    def __init__(self, records):
        self.records, self.kept = records, KeptPair(STEPS)

    def __len__(self):
        return len(self.records)

    def __getitem__(self, number):
        packed = PackChangeInputs().transform(self.kept.transform(dict(self.records[number])))
        return packed["inputs"][0], torch.utils.data.get_worker_info().id


def test_workers_share_what_one_of_them_loaded(records):
    dataset = Pairs(records)
    fork = {"multiprocessing_context": "fork", "batch_size": None}
    first = [image for image, _ in DataLoader(dataset, num_workers=1, **fork)]
    for record in records:
        remove(record)
    # New workers, of which each finds what a worker before them loaded.
    again = list(DataLoader(dataset, num_workers=2, **fork))
    assert {worker for _, worker in again} == {0, 1}
    for (image, _), loaded in zip(again, first, strict=True):
        assert torch.equal(image, loaded)


def test_entries_of_two_processes_follow_each_other():
    arrays = SharedArrays(10_000)
    arrays.add("own", {"a": np.arange(5, dtype=np.int16)})
    if (child := os.fork()) == 0:
        arrays.add("theirs", {"b": np.ones((2, 3)), "c": np.zeros((0, 4), np.uint8)})
        os._exit(0)
    os.waitpid(child, 0)
    arrays.add("later", {"d": np.array(7)})
    theirs = arrays.get("theirs")
    assert np.array_equal(theirs["b"], np.ones((2, 3))) and theirs["c"].shape == (0, 4)
    assert np.array_equal(arrays.get("own")["a"], [0, 1, 2, 3, 4])
    assert arrays.get("later")["d"] == 7 and arrays.get("another") is None
    # Another kind of process starts with none.
    assert pickle.loads(pickle.dumps(arrays)).get("own") is None


def test_a_name_is_kept_once_and_the_limit_holds():
    arrays = SharedArrays(2000)
    arrays.add("a", {"x": np.zeros(100, np.uint8)})
    arrays.add("a", {"x": np.ones(100, np.uint8)})
    arrays.add("b", {"x": np.zeros(3000, np.uint8)})
    arrays.add("c", {"x": np.full(1500, 3, np.uint8)})
    assert arrays.get("a")["x"].sum() == 0
    assert arrays.get("b") is None and arrays.get("c")["x"].sum() == 4500


def test_pictures_of_a_pipeline_see_how_it_loads():
    classes = {"mask_classes": {1: "road", 2: "building"}}
    assert mask_names(classes, [KeptPair(STEPS)]) == mask_names(classes, [LoadPair(True)]) == {}
    assert mask_names(classes, [KeptPair([{"type": "LoadPair"}])]) == {1: "road", 2: "building"}


def test_how_more_than_8_bits_were_read_is_kept_too(tmp_path):
    record = {"pair_id": "deep"}
    for key in ("before", "after"):
        record[f"{key}_path"] = str(tmp_path / f"{key}.png")
        pixels = np.random.default_rng(0).integers(0, 4000, (20, 30), dtype=np.uint16)
        Image.fromarray(pixels).save(record[f"{key}_path"])
    kept = KeptPair([{"type": "LoadPair"}])
    first, again = (kept.transform(dict(record)) for _ in range(2))
    assert again.keys() == first.keys()
    assert json.dumps(again["radiometry"]) == json.dumps(first["radiometry"])
