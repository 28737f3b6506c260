"""Masks that verification finds fault with: unclear by themselves, or against one another."""

import numpy as np
import pytest
from data.make_levir_layout import make_change_detection, make_levir_cc
from PIL import Image
from test_datasets.test_mask_io import UNCERTAIN, WHITE_MASK, palette, save

from mmrsicc.datasets import ChangeDetectionDataset, LEVIRMCIDataset
from mmrsicc.datasets.verify import verify_captions, verify_dataset, verify_mask_dataset
from mmrsicc.datasets.verify import verify_masks as verify_folder


@pytest.fixture
def folder(tmp_path):
    """Three pairs with sound masks, and a function that replaces one of these."""
    make_change_detection(tmp_path)

    def replace(number, pixels, suffix=".png"):
        old = tmp_path / "label" / f"pair_{number}.png"
        old.unlink()
        return save(old.with_suffix(suffix), pixels)

    return tmp_path, replace


def of_config(root, **options):
    return verify_mask_dataset(ChangeDetectionDataset(str(root), "x", lazy_init=True, **options))


@pytest.mark.parametrize("name", [n for n in UNCERTAIN if n != "classes.png"])
def test_each_unclear_mask_is_one_fault(folder, name):
    root, replace = folder
    pixels, _ = UNCERTAIN[name]
    path = replace(1, pixels, name[name.index(".") :])
    for faults in (verify_folder(root), of_config(root)):
        assert [fault.kind for fault in faults] == ["unclear mask"]
        assert str(path) in faults[0].message


def test_a_white_first_palette_is_sound(folder):
    root, replace = folder
    replace(1, palette(1 - WHITE_MASK // 255, (255, 255, 255), (0, 0, 0)))
    assert verify_folder(root) == of_config(root) == []


def test_classes_are_taken_in_a_folder_and_must_be_declared_in_a_config(folder):
    root, replace = folder
    replace(1, WHITE_MASK // 255 * np.uint8(128))
    assert verify_folder(root) == []
    (fault,) = of_config(root)
    assert fault.kind == "unclear mask" and "mask_classes" in fault.message
    assert of_config(root, metainfo={"mask_classes": {128: "road", 255: "building"}}) == []


def test_1_here_and_255_there_contradict_one_another(folder):
    root, replace = folder
    replace(1, WHITE_MASK // 255)
    for faults in (verify_folder(root), of_config(root)):
        assert [fault.kind for fault in faults] == ["contradicting masks"]
        assert "1 in 1 masks" in faults[0].message and "255 in 2" in faults[0].message
        assert "pair_1.png" in faults[0].message and "mask_classes" in faults[0].message
    for classes in ({1: "changed"}, {1: "changed", 255: "changed"}):  # 1 is in one mask.
        assert of_config(root, metainfo={"mask_classes": classes}) == []


def test_caption_data_sets_likewise(tmp_path):
    root = make_levir_cc(tmp_path, masks=True)
    path = root / "images" / "train" / "label" / "train_000001.png"
    save(path, np.full((16, 16, 3), (0, 255, 0), np.uint8))
    layout = LEVIRMCIDataset(data_root=str(root), lazy_init=True)
    for faults in (verify_captions(root), verify_dataset(layout)):
        assert [fault.kind for fault in faults] == ["unclear mask"]
        assert f"{path} is coloured" in faults[0].message
    Image.new("L", (16, 16), 1).save(path)
    (fault,) = verify_dataset(layout)
    assert "the value 1 beside those of its classes, 0, 128, 255" in fault.message


def test_a_declaration_that_ignores_all_that_changed_is_a_fault(folder):
    root, _ = folder
    (fault,) = of_config(root, metainfo={"mask_classes": {1: "changed"}})
    assert fault.kind == "contradicting masks"
    assert "3 have 255" in fault.message and '{255: "changed"}' in fault.message
