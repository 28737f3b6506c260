"""Data sets of change masks, laid out as they are published, read and verified by their configs."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image

from mmrsicc.cli import verify
from mmrsicc.datasets.verify import verify_mask_dataset
from mmrsicc.registry import DATASETS

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "configs" / "_base_" / "datasets"
ONERA = "Onera Satellite Change Detection dataset"
WHU = "1. The two-period image data"

#: Below the data set's folder: a test pair's files, and lists of pairs.
LAYOUTS = {
    "levir_cd": (["test/A/test_1.png", "test/B/test_1.png", "test/label/test_1.png"], {}),
    "levir_cd_256": (
        ["A/test_1_0.png", "B/test_1_0.png", "label/test_1_0.png", "A/train_1_0.png"],
        {"list/test.txt": "test_1_0.png\n"},
    ),
    "levir_mci_masks": (
        ["test/A/test_000001.png", "test/B/test_000001.png", "test/label/test_000001.png"],
        {},
    ),
    "clcd": (["test/time1/00001.png", "test/time2/00001.png", "test/label/00001.png"], {}),
    "whu_cd": (
        [
            f"{WHU}/2012/whole_image/test/image/2012_test.tif",
            f"{WHU}/2016/whole_image/test/image/2016_test.tif",
            f"{WHU}/change_label/test/change_label.tif",
        ],
        {},
    ),
    "whu_cd_256": (
        ["A/whucd_0001.png", "B/whucd_0001.png", "label/whucd_0001.png"],
        {"list/test.txt": "whucd_0001.png"},
    ),
    "oscd": (
        [
            f"{ONERA} - Images/rio/pair/img1.png",
            f"{ONERA} - Images/rio/pair/img2.png",
            f"{ONERA} - Test Labels/rio/cm/cm.png",
            f"{ONERA} - Images/paris/pair/img1.png",
        ],
        {f"{ONERA} - Images/test.txt": "rio\n"},
    ),
    "sztaki": (
        [
            f"{pair}/{file}.bmp"
            for pair in ("Szada/1", "Tiszadob/3", "Szada/2")
            for file in ("im1", "im2", "gt")
        ],
        {},
    ),
}
PAIRS = {
    "oscd": ["rio"],
    "sztaki": ["Szada/1", "Tiszadob/3"],
    "whu_cd": ["test_0_0", "test_28_0"],
}


def make(root, name):
    files, lists = LAYOUTS[name]
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if Path(file).stem in ("gt", "cm", "change_label") or "label/" in file:
            pixels = np.zeros((512, 540), np.uint8)
            pixels[:10, 530:] = 255
        else:
            pixels = np.full((512, 540, 3), 90, np.uint8)
        Image.fromarray(pixels).save(path)
    for file, text in lists.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)


def moved(cfg, root):
    """The test set's config, with the data set's folder elsewhere."""
    dataset = cfg.test_dataloader.dataset
    inner = Path(*Path(dataset.data_root).parts[2:])
    inner = Path(*[part for part in inner.parts if part != "images"])
    return {**dataset, "data_root": str(root / inner)}


@pytest.mark.parametrize("name", LAYOUTS)
def test_published_layout(tmp_path, name):
    make(tmp_path, name)
    init_default_scope("mmrsicc")
    config = moved(Config.fromfile(CONFIGS / f"{name}.py"), tmp_path)
    dataset = DATASETS.build(config)
    ids = [dataset.get_data_info(i)["pair_id"] for i in range(len(dataset))]
    assert ids == PAIRS.get(name, [Path(LAYOUTS[name][0][0]).stem])
    sample = dataset[len(dataset) - 1]["data_samples"]
    assert sample.gt_mask.sum() == 100 and sample.gt_mask.max() == 1
    assert sample.gt_mask.shape == ((512, 512) if name == "whu_cd" else (512, 540))
    faults = verify_mask_dataset(DATASETS.build({**config, "lazy_init": True}))
    assert faults == []
    gone = tmp_path / LAYOUTS[name][0][1]
    gone.unlink()
    faults = verify_mask_dataset(DATASETS.build({**config, "lazy_init": True}))
    assert len(faults) == 1 and faults[0].kind in ("missing image", "missing folder")
    assert str(gone.parent) in faults[0].message or config["after_dir"] in faults[0].message


def test_verify_says_what_is_wrong_with_a_list(tmp_path):
    init_default_scope("mmrsicc")
    make(tmp_path, "oscd")
    config = moved(Config.fromfile(CONFIGS / "oscd.py"), tmp_path) | {"lazy_init": True}
    (tmp_path / f"{ONERA} - Images" / "test.txt").write_text("rio,nowhere")
    faults = verify_mask_dataset(DATASETS.build(config))
    assert [fault.kind for fault in faults] == ["missing image"] * 3
    assert all("lacks nowhere" in fault.message for fault in faults)
    (tmp_path / f"{ONERA} - Images" / "test.txt").unlink()
    (fault,) = verify_mask_dataset(DATASETS.build(config))
    assert fault.kind == "unreadable list of pairs" and "test.txt" in fault.message


def test_every_mask_set_of_a_config_is_verified():
    configured = verify.configured
    found = configured(str(CONFIGS / "oscd.py"), None)
    assert [Path(dataset.pairs).name for dataset in found] == ["train.txt", "test.txt"]
    assert len(configured(str(CONFIGS / "levir_cd.py"), None)) == 3
