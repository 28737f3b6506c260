"""All faults of a data set at once."""

import json
import shutil
from collections import Counter

import pytest
from data.make_caption_layouts import (
    make_changechat,
    make_dubai_cc,
    make_forest_change,
    make_second_cc,
    make_whu_cdc,
)
from data.make_levir_layout import NO_CHANGE, make_change_detection, make_levir_cc
from PIL import Image

from mmrsicc.datasets import (
    DubaiCCDataset,
    ForestChangeDataset,
    LEVIRCCDataset,
    SECONDCCDataset,
    WHUCDCDataset,
)
from mmrsicc.datasets.verify import verify_captions, verify_dataset, verify_masks


def break_captions(root):
    """Put one fault of each kind into a fabricated data set with masks."""
    train = root / "images" / "train"
    (train / "A" / "train_000000.png").unlink()
    damaged = train / "B" / "train_000001.png"
    damaged.write_bytes(damaged.read_bytes()[:200])
    Image.new("L", (9, 16)).save(train / "label" / "train_000002.png")
    shutil.copy(train / "A" / "train_000003.png", train / "A" / "spare.png")
    shutil.rmtree(root / "images" / "test" / "B")
    path = root / "LevirCCcaptions.json"
    images = json.loads(path.read_text())["images"]
    images[2]["changeflag"] = 1
    images[3]["sentences"] = [{"tokens": sentence.split()} for sentence in NO_CHANGE]
    images[4]["sentences"][0]["tokens"] = []
    images[5].pop("sentences")
    images.append(images[7])
    path.write_text(json.dumps({"images": images}))
    return root


def test_sound_data_sets_have_no_fault(tmp_path, real_data):
    assert verify_captions(make_levir_cc(tmp_path / "a")) == []
    assert verify_captions(make_levir_cc(tmp_path / "b", masks=True)) == []
    assert verify_masks(make_change_detection(tmp_path / "c")) == []
    assert verify_captions(real_data / "levir_cc_mini") == []
    for name in ("levir_cd", "oscd", "sztaki_airchange"):
        assert verify_masks(real_data / "change_detection" / name) == []


def test_every_fault_is_found_once(tmp_path):
    faults = verify_captions(break_captions(make_levir_cc(tmp_path, masks=True)))
    assert Counter(fault.kind for fault in faults) == {
        "missing image": 1,
        "unreadable image": 1,
        "sizes differ": 1,
        "image without record": 1,
        "missing folder": 1,
        "flag against sentences": 2,
        "wrong record": 2,
        "duplicate pair": 1,
    }
    for fault in faults:
        assert str(tmp_path) in fault.message and ": " in fault.message
    by_kind = {fault.kind: fault.message for fault in faults}
    assert "A/train_000000.png" in by_kind["missing image"]
    assert "B/train_000001.png" in by_kind["unreadable image"]
    assert "label/train_000002.png is 9 x 16" in by_kind["sizes differ"]
    assert "A/spare.png" in by_kind["image without record"]
    assert "pair test_000001" in by_kind["duplicate pair"]


@pytest.mark.parametrize(
    ("make", "dataset", "options", "images"),
    [
        (make_dubai_cc, DubaiCCDataset, {}, "imgs_tiles/RGB/500_2010"),
        (make_whu_cdc, WHUCDCDataset, {}, "images/test/label"),
        (make_second_cc, SECONDCCDataset, {"semantic_dirs": ("sem/A", "sem/B")}, "test/sem/B"),
        (make_forest_change, ForestChangeDataset, {}, "images/test/label"),
    ],
)
def test_faults_of_other_layouts(make, dataset, options, images, tmp_path):
    root = make(tmp_path)
    layout = dataset(data_root=str(root), lazy_init=True, **options)
    read = []
    assert verify_dataset(layout, lambda pairs: read.extend(pairs) or pairs) == []
    assert len(read) == 8
    first, second, *_ = sorted((root / images).iterdir())
    first.rename(first.with_name("spare.png"))
    second.write_bytes(second.read_bytes()[:40])
    faults = {fault.kind: fault.message for fault in verify_dataset(layout)}
    assert set(faults) == {"missing image", "image without record", "unreadable image"}
    assert str(first) in faults["missing image"]
    assert str(first.with_name("spare.png")) in faults["image without record"]
    assert str(second) in faults["unreadable image"]


def test_images_of_splits_without_records_are_not_spare(tmp_path):
    """ChangeChat-105k says nothing of LEVIR-CC's validation split, whose images lie beside."""
    root = make_changechat(tmp_path)
    layout = LEVIRCCDataset(data_root=str(root), ann_file="changechat", lazy_init=True)
    read = []
    assert verify_dataset(layout, lambda pairs: read.extend(pairs) or pairs) == []
    assert {record.split for record in read} == {"train", "test"}


def test_a_semantic_map_in_a_foreign_colour_is_a_fault(tmp_path):
    root = make_second_cc(tmp_path)
    path = root / "val" / "sem" / "A" / "val_00000.png"
    Image.new("RGB", (16, 16), (9, 9, 9)).save(path)
    layout = SECONDCCDataset(data_root=str(root), semantic_dirs=("sem/A", "sem/B"), lazy_init=True)
    (fault,) = verify_dataset(layout)
    assert f"{path} has 256 pixels in colours of no class, such as (9, 9, 9)" in fault.message


def test_images_are_not_spare_where_the_file_name_says_the_split(tmp_path):
    path = make_whu_cdc(tmp_path) / "whuCCcaptions.json"
    images = json.loads(path.read_text())["images"]
    for record in images:
        del record["filepath"], record["split"]
    path.write_text(json.dumps({"images": images}))
    assert verify_dataset(WHUCDCDataset(data_root=str(tmp_path), lazy_init=True)) == []


def test_a_caption_file_that_cannot_be_read_is_the_one_fault(tmp_path):
    make_levir_cc(tmp_path)
    (fault,) = verify_captions(tmp_path, "other.json")
    assert "other.json" in fault.message
    (tmp_path / "other.json").write_text("{")
    (fault,) = verify_captions(tmp_path, "other.json")
    assert "not valid JSON" in fault.message


def test_faults_of_mask_data_sets(tmp_path):
    make_change_detection(tmp_path / "train")
    make_change_detection(tmp_path / "test")
    (tmp_path / "train" / "label" / "pair_0.png").unlink()
    damaged = tmp_path / "train" / "A" / "pair_1.png"
    damaged.write_bytes(damaged.read_bytes()[:100])
    Image.new("RGB", (8, 8)).save(tmp_path / "test" / "B" / "pair_2.png")
    shutil.rmtree(tmp_path / "test" / "label")
    faults = verify_masks(tmp_path)
    assert Counter(fault.kind for fault in faults) == {
        "missing image": 1,
        "unreadable image": 1,
        "sizes differ": 1,
        "missing folder": 1,
    }
    (fault,) = verify_masks(tmp_path / "nowhere")
    assert "no folder A" in fault.message
