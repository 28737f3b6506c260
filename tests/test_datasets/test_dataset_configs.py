"""The data set configs build loaders that give batches."""

from pathlib import Path

import numpy as np
import pytest
from data.make_band_layout import write_tiff
from data.make_levir_layout import make_change_detection, make_levir_cc
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from mmrsicc.datasets.image_io import read_values
from mmrsicc.datasets.transforms.directions import ORIENTATIONS
from mmrsicc.registry import MODELS
from mmrsicc.synthcc import Settings, write_data_set

CONFIGS = Path(__file__).parents[2] / "configs" / "_base_" / "datasets"


def batch_of(loader, **changes):
    init_default_scope("mmrsicc")
    loader = {**loader, "num_workers": 0, "persistent_workers": False, **changes}
    return next(iter(Runner.build_dataloader(loader, seed=0)))


def test_levir_cc(tmp_path):
    make_levir_cc(tmp_path)
    config = Config.fromfile(CONFIGS / "levir_cc.py")
    expected = {"train": 4, "val": 2, "test": 2}
    for split, samples in expected.items():
        loader = config[f"{split}_dataloader"]
        assert loader.batch_size == (13 if split == "train" else 64)
        loader.dataset.data_root = str(tmp_path)
        batch = batch_of(loader)
        assert len(batch["inputs"][0]) == len(batch["data_samples"]) == samples
        assert all(image.shape == (3, 256, 256) for date in batch["inputs"] for image in date)
        assert all(sample.pair_id.startswith(split) for sample in batch["data_samples"])
    assert config.val_evaluator == config.test_evaluator == {"type": "ChangeCaptionMetric"}


def test_synthcc(tmp_path):
    for _ in write_data_set(tmp_path, Settings(num_pairs=8, size=128)):
        pass
    config = Config.fromfile(CONFIGS / "synthcc.py")
    for split, samples in {"train": 4, "val": 1, "test": 1}.items():
        loader = config[f"{split}_dataloader"]
        loader.dataset.data_root = str(tmp_path)
        batch = batch_of(loader)
        assert len(batch["data_samples"]) == samples
        assert all(sample.gt_mask.shape == (256, 256) for sample in batch["data_samples"])


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_levir_cc_mini(real_data, monkeypatch, split):
    monkeypatch.setenv("MMRSICC_DATA", str(real_data))
    config = Config.fromfile(CONFIGS / "levir_cc_mini.py")
    loader = config[f"{split}_dataloader"]
    assert loader.dataset.data_root == f"{real_data}/levir_cc_mini"
    batch = batch_of(loader, batch_size=2)
    assert f"images/{split}/A/" in batch["data_samples"][0].before_path


def test_levir_cc_mini_has_a_default_place(monkeypatch):
    monkeypatch.delenv("MMRSICC_DATA", raising=False)
    config = Config.fromfile(CONFIGS / "levir_cc_mini.py")
    assert config.train_dataloader.dataset.data_root == "../shared/data/levir_cc_mini"


def test_sysu_cd(tmp_path):
    config = Config.fromfile(CONFIGS / "sysu_cd.py")
    for split in ("train", "val", "test"):
        make_change_detection(tmp_path / split, size=300)
        loader = config[f"{split}_dataloader"]
        assert loader.dataset.data_root == f"data/SYSU-CD/{split}"
        assert (loader.dataset.before_dir, loader.dataset.after_dir) == ("time1", "time2")
        loader.dataset.update(data_root=str(tmp_path / split), before_dir="A", after_dir="B")
        batch = batch_of(loader)
        size = 256 if split == "train" else 300
        assert batch["inputs"][0][0].shape == (3, size, size)
        sample = batch["data_samples"][0]
        assert sample.gt_mask.shape == (size, size) and sample.gt_mask.max() <= 1
        if split == "train":
            assert sample.orientation in ORIENTATIONS
    assert config.val_evaluator == {"type": "ChangeMaskMetric"}


@pytest.mark.parametrize(("name", "bands"), [("13bands", range(1, 14)), ("rgb", (4, 3, 2))])
def test_oscd_in_13_bands_or_as_rgb_trains_a_detector(tmp_path, name, bands):
    pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")
    random = np.random.default_rng(0)
    for split in ("train", "test"):
        # The dates of a city may differ by some pixels.
        for folder, size in (("A", (260, 270)), ("B", (258, 270)), ("label", (260, 270))):
            values = random.integers(1, 3, (1, *size)).astype(np.uint8)
            if folder != "label":
                values = random.integers(200, 3000, (13, *size)).astype(np.uint16)
            write_tiff(tmp_path / split / folder / "city.tif", values)
    detectors = CONFIGS.parents[1] / "change_detection"
    config = Config.fromfile(detectors / f"fc-siam-diff_oscd-{name}.py")
    for split in ("train", "test"):
        config[f"{split}_dataloader"].dataset.data_root = str(tmp_path / split)
    batch = batch_of(config.train_dataloader, batch_size=1, drop_last=False)
    assert all(date[0].shape == (len(bands), 256, 256) for date in batch["inputs"])
    assert set(batch["data_samples"][0].gt_mask.unique().tolist()) == {0, 1}
    model = MODELS.build(config.model)
    losses = model(**model.data_preprocessor(batch, training=True), mode="loss")
    sum(losses.values()).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    test = batch_of(config.test_dataloader, batch_size=1)
    first = read_values(tmp_path / "test" / "A" / "city.tif", "all").values
    assert np.array_equal(test["inputs"][0][0].numpy(), first[[band - 1 for band in bands]])
    (sample,) = model.eval().test_step(test)
    assert sample.pred_mask.shape == (260, 270)
