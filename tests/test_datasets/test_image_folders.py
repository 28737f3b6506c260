"""Folders as they are on people's disks: which files are images, and what is said of others."""

import json
import re

import numpy as np
import pytest
from data.make_levir_layout import make_change_detection, make_levir_cc
from PIL import Image

from mmrsicc.apis.pair_inputs import pairs_of
from mmrsicc.datasets import ChangeDetectionDataset
from mmrsicc.datasets.pair_files import find_images, images_by_stem, images_in
from mmrsicc.datasets.verify import verify_captions, verify_masks
from mmrsicc.research.leakage.images import images_of_folder

IMAGES = ["a.png", "b.JPG", "c.jpeg", "d.jfif", "e.tif", "f.TIFF", "g.bmp", "h.webp", "i.gif"]
CLUTTER = [
    "._a.png",
    ".DS_Store",
    "Thumbs.db",
    "a.png.aux.xml",
    "a.pgw",
    "b.jgw",
    "a.txt",
    ".x.tif",
]


def fill(folder):
    folder.mkdir(parents=True)
    kinds = {"jfif": "JPEG", "jpg": "JPEG", "gif": "GIF"}
    for name in IMAGES:
        kind = kinds.get(name.rpartition(".")[2].lower())
        Image.new("RGB", (8, 6), "red").save(folder / name, format=kind)
    (folder / "j.jp2").write_bytes(b"not looked into here")
    for name in CLUTTER:
        (folder / name).write_bytes(b"\0\5\026\7 no image")
    (folder / "more.png").mkdir()
    return folder


def test_all_images_and_nothing_else(tmp_path):
    before, after = fill(tmp_path / "A"), fill(tmp_path / "B")
    names = sorted([*IMAGES, "j.jp2"])
    assert [path.name for path in images_in(before)] == names
    assert [pair[0].name for pair in pairs_of((before, after))] == names
    stems = sorted(name[0] for name in names)
    assert sorted(images_by_stem(before)) == stems
    assert sorted(find_images(tmp_path, "A/{}", stems)) == stems
    assert len(images_of_folder(tmp_path, "train")) == 2 * len(names)


def test_images_of_kinds_that_are_not_read_are_not_left_out_without_a_word(tmp_path):
    for name in ("x.heic", "y.avif", "z.png", "._x.heic"):
        (tmp_path / name).touch()
    with pytest.warns(UserWarning, match=r".*: 2 files left out, the first: x\.heic: conv"):
        assert [path.name for path in images_in(tmp_path)] == ["z.png"]


def test_two_images_of_one_name_are_refused_and_found(tmp_path):
    root = make_change_detection(tmp_path)
    first = sorted((root / "A").iterdir())[0]
    Image.open(first).convert("RGB").save(first.with_suffix(".jpg"))
    message = rf"{first.stem}\.jpg and {first.name} are two images of one name"
    with pytest.raises(ValueError, match=message):
        ChangeDetectionDataset(str(root), "x")
    faults = verify_masks(root)
    assert "ambiguous image" in {fault.kind for fault in faults}


def test_a_products_folder_is_no_folder_of_images(tmp_path):
    product = tmp_path / "S2A_MSIL2A_20200101.SAFE"
    product.mkdir()
    with pytest.raises(ValueError, match=r"\.SAFE is a Sentinel product.*_TCI\.jp2"):
        pairs_of((product, product))


def test_clutter_is_no_image_without_a_record(tmp_path):
    root = make_levir_cc(tmp_path)
    for name in ("._train_000001.png", ".DS_Store", "Thumbs.db", "train_000001.pgw"):
        (root / "images" / "train" / "A" / name).write_bytes(b"\0")
    assert verify_captions(root) == []


@pytest.mark.parametrize("fault", ["bomb", "empty", "kinds", "ground"])
def test_verify_names_the_file_or_the_pair(tmp_path, fault):
    root = make_levir_cc(tmp_path)
    record = json.loads((root / "LevirCCcaptions.json").read_text())["images"][0]
    before, after = (
        root / "images" / record["filepath"] / date / record["filename"] for date in "AB"
    )
    pixels = np.arange(256, dtype=np.uint16).reshape(16, 16)
    if fault == "bomb":
        Image.new("1", (13_400, 13_400)).save(before)
        expected = "unreadable image", rf"{before} is too large to be decoded whole"
    elif fault == "empty":
        before.write_bytes(b"")
        expected = "unreadable image", rf"{before} is cut short, it is empty"
    elif fault == "kinds":
        Image.fromarray(pixels).save(after)
        expected = "dates do not fit", rf"{before} and {after}: .*uint8 values, the second uint16"
    else:
        for path, x in ((before, 0), (after, 10_000)):
            path.with_suffix(".pgw").write_text(f"1\n0\n0\n-1\n{x}\n0\n")
        expected = "dates do not fit", rf"{before} and {after} do not show the same ground"
    (found,) = verify_captions(root)
    assert found.kind == expected[0] and "\n" not in found.message
    assert re.search(expected[1], found.message)
