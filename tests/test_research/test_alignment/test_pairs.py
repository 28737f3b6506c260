"""Pairs as the test of a config would see them."""

import numpy as np
import pytest
from data.make_levir_layout import make_change_detection
from mmengine import Config
from PIL import Image

from mmrsicc.research.alignment import load_pairs


@pytest.fixture(scope="module")
def loader(tmp_path_factory):
    """Builds a data loader's config: six pairs of 64 x 64 pixels, whole or in tiles."""
    root = make_change_detection(tmp_path_factory.mktemp("pairs"), pairs=6, size=64)

    def build(**tiling):
        load = {"type": "LoadTile" if tiling else "LoadPair", "binary_mask": True}
        return {
            "dataset": {
                "type": "ChangeDetectionDataset",
                "data_root": str(root),
                "source_dataset": "pairs",
                "pipeline": [load, {"type": "PackChangeInputs"}],
                **tiling,
            }
        }

    return build


@pytest.mark.parametrize(
    ("train", "test", "window", "count"),
    [
        ({}, {}, 64, 6),
        ({"tile_size": 32, "tile_overlap": 8}, {}, 64, 6),
        ({"tile_size": 32, "tile_overlap": 8}, {}, 32, 24),
        ({}, {}, 16, 96),  # No pixel is left out.
        ({}, {"tile_size": 32}, 64, 24),
        ({"tile_size": 16, "tile_overlap": 8}, {"tile_size": 32}, 64, 24),
    ],
)
def test_a_split_is_tiled_as_the_test_is(loader, train, test, window, count):
    cfg = Config({"train_dataloader": loader(**train), "test_dataloader": loader(**test)})
    pairs = load_pairs(cfg, ["train"], "some", count=100, size=window)
    assert len(pairs) == len(pairs.flags) == len(pairs.files) == count
    # Tiles of one image are no images of their own.
    assert pairs.file_count == 6
    # One corner of each image is changed.
    assert pairs.flags.sum() == len(set(pairs.files[pairs.flags == 1])) == 6


def test_a_part_keeps_pairs_flags_and_files_together(loader):
    cfg = Config({"test_dataloader": loader(tile_size=32)})
    pairs = load_pairs(cfg, ["test"], "some", count=10)
    part = pairs.part(4, 9)
    assert len(part) == 5 and part.images[0] is pairs.images[4]
    assert list(part.flags) == list(pairs.flags[4:9]) and list(part.files) == list(pairs.files[4:9])


def test_a_split_that_is_not_there_is_named(loader):
    with pytest.raises(ValueError, match="no val_dataloader"):
        load_pairs(Config({"test_dataloader": loader()}), ["val"], "some", count=1)


def test_other_bands_are_refused(loader):
    bands = loader()
    bands["dataset"]["pipeline"] = [{"type": "LoadBands"}, {"type": "PackChangeInputs"}]
    with pytest.raises(ValueError, match=r"other bands than 8-bit RGB.*LoadPair"):
        load_pairs(Config({"test_dataloader": bands}), ["test"], "some", count=1)


def test_a_window_without_a_known_pixel_has_no_flag(tmp_path):
    root = make_change_detection(tmp_path, pairs=1, size=16)
    mask = np.zeros((16, 16), np.uint8)
    mask[:8, :8], mask[8:, 8:] = 1, 255
    Image.fromarray(mask).save(root / "label" / "pair_0.png")
    dataset = {
        "type": "ChangeDetectionDataset",
        "data_root": str(root),
        "source_dataset": "pairs",
        "metainfo": {"mask_classes": {1: "changed"}},
        "pipeline": [{"type": "LoadPair"}, {"type": "PackChangeInputs"}],
    }
    cfg = Config({"test_dataloader": {"dataset": dataset}})
    flags = load_pairs(cfg, ["test"], "some", count=4, size=8).flags
    assert sorted(flags.tolist()) == [-1, 0, 0, 1]
