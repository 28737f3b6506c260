"""Pairs with change masks."""

import numpy as np
import pytest
from data.make_levir_layout import make_change_detection
from PIL import Image

from mmrsicc.datasets import ChangeDetectionDataset

PIPELINE = [{"type": "LoadPair", "binary_mask": True}, {"type": "PackChangeInputs"}]


def test_roots_are_joined_and_masks_are_binary(tmp_path):
    one = make_change_detection(tmp_path / "one", pairs=2)
    two = make_change_detection(tmp_path / "two", pairs=3)
    dataset = ChangeDetectionDataset([str(one), str(two)], "one+two", pipeline=PIPELINE)
    assert dataset.metainfo["source_dataset"] == "one+two"
    assert dataset.metainfo["classes"] == ("unchanged", "changed")
    ids = [dataset.get_data_info(i)["pair_id"] for i in range(len(dataset))]
    assert ids == ["one/pair_0", "one/pair_1", "two/pair_0", "two/pair_1", "two/pair_2"]
    single = ChangeDetectionDataset(str(two), "two")
    ids = [single.get_data_info(i)["pair_id"] for i in range(len(single))]
    assert ids == ["pair_0", "pair_1", "pair_2"]
    sample = dataset[0]["data_samples"]
    assert sample.gt_mask.sum() == 4 * 4 and sample.gt_mask.max() == 1
    assert sample.before_path == str(one / "A" / "pair_0.png")


def test_stems_may_have_different_suffixes(tmp_path):
    make_change_detection(tmp_path, pairs=1)
    label = tmp_path / "label" / "pair_0.png"
    Image.open(label).save(label.with_suffix(".tif"))
    label.unlink()
    dataset = ChangeDetectionDataset(str(tmp_path), "x", pipeline=PIPELINE)
    assert dataset[0]["data_samples"].gt_mask.sum() == 16


@pytest.mark.parametrize("directory", ["A", "B", "label"])
def test_incomplete_folders_are_named(tmp_path, directory):
    make_change_detection(tmp_path)
    (tmp_path / directory / "pair_1.png").unlink()
    with pytest.raises(FileNotFoundError, match=rf"{directory} lacks 1 file that.*pair_1"):
        ChangeDetectionDataset(str(tmp_path), "x")
    for file in (tmp_path / directory).iterdir():
        file.unlink()
    with pytest.raises(FileNotFoundError, match=rf"no image in .*{directory}"):
        ChangeDetectionDataset(str(tmp_path), "x")
    (tmp_path / directory).rmdir()
    with pytest.raises(FileNotFoundError, match=rf"no folder .*{directory}.*data_root"):
        ChangeDetectionDataset(str(tmp_path), "x")


def test_real_sets_load(real_data):
    folder = real_data / "change_detection"
    dataset = ChangeDetectionDataset(
        [str(folder / name / "train") for name in ("levir_cd", "oscd", "sztaki_airchange")],
        "three",
        pipeline=[PIPELINE[0], {"type": "RandomCropPair", "crop_size": (256, 256)}, PIPELINE[1]],
    )
    assert len(dataset) == 4 + 4 + 3
    changed = {
        s.pair_id: float(s.gt_mask.float().mean()) for s in (d["data_samples"] for d in dataset)
    }
    assert changed["levir_cd/train/train_386_0512_0768"] == 0  # its mask is empty
    assert sum(share > 0 for share in changed.values()) >= 6
    assert np.isclose(
        changed["levir_cd/train/train_412_0512_0768"],
        (
            np.array(Image.open(folder / "levir_cd/train/label/train_412_0512_0768.png")) > 127
        ).mean(),
    )
