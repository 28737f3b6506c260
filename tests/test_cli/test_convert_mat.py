"""From MATLAB files of a hyperspectral pair to GeoTIFF, a trained CDFormer and its masks."""

import numpy as np
import pytest
from data.make_hyperspectral import make_hyperspectral
from mmengine import Config
from PIL import Image
from scipy.io import savemat
from test_cli.conftest import ROOT, refused, succeed

rasterio = pytest.importorskip("rasterio", reason="bands are written with the extra geo")

CONFIG = """
_base_ = ["{root}/configs/change_detection/cdformer_hyperspectral.py"]
loader = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(dataset=dict(data_root="{out}"), **loader)
test_dataloader = dict(dataset=dict(data_root="{out}"), **loader)
optim_wrapper = dict(optimizer=dict(lr=3e-3))
train_cfg = dict(max_epochs=25)
default_hooks = dict(checkpoint=dict(interval=25))
work_dir = "{out}/work"
"""


def read(path):
    with rasterio.open(path) as file:
        return file.read()


@pytest.fixture
def files(tmp_path):
    arrays = make_hyperspectral(tmp_path)
    return tmp_path, arrays, [tmp_path / f"{name}.mat" for name in ("before", "after", "labels")]


MEANING = ("--changed", 1, "--unchanged", 2)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_from_files_to_a_mask(files):
    folder, arrays, paths = files
    out = folder / "pair"
    succeed("convert-mat", *paths, *MEANING, "--train-share", 0.5, "--out", out)
    for name, date in (("A", "before"), ("B", "after")):
        bands = read(out / name / "before.tif")
        np.testing.assert_array_equal(bands, arrays[date].transpose(2, 0, 1))
    labels = read(out / "label/before.tif")[0]
    np.testing.assert_array_equal(labels, np.array([255, 1, 0])[arrays["labels"]])
    train, test = (read(out / f"label_{part}/before.tif")[0] for part in ("train", "test"))
    np.testing.assert_array_equal(np.minimum(train, test), labels)

    config = folder / "config.py"
    config.write_text(CONFIG.format(root=ROOT, out=out))
    succeed("statistics", config, "--out", folder / "statistics.py")
    statistics = (folder / "statistics.py").read_text()
    with config.open("a") as file:
        small = "depth=1, dims=16, patch_size=3"
        file.write(f"{statistics}model = dict(statistics=statistics, {small})\n")
    found = Config.fromfile(config).model.statistics.before
    pixels = np.concatenate([arrays[date].reshape(-1, 6) for date in ("before", "after")])
    np.testing.assert_allclose(found.mean, pixels.mean(0), rtol=1e-4)
    np.testing.assert_allclose(found.std, pixels.std(0), rtol=1e-4)

    succeed("train", config)
    checkpoint = out / "work/epoch_25.pth"
    succeed("test", config, checkpoint)
    pair, mask = [out / name / "before.tif" for name in ("A", "B")], folder / "mask.png"
    trained = ("--model", config, "--checkpoint", checkpoint, "--device", "cpu")
    for method in (trained, ("--method", "cva")):
        succeed("detect", *pair, "--out", mask, *method)
        changed = np.asarray(Image.open(mask)) == 255
        assert (changed == (test == 1))[test != 255].mean() > 0.9, method


def test_what_does_not_fit_is_refused_before_anything_is_written(files):
    folder, _, (before, after, labels) = files
    out = folder / "pair"
    assert "has the values 0, 1, 2" in refused("convert-mat", before, after, labels, "--out", out)
    assert "give MASK.mat" in refused("convert-mat", before, after, *MEANING, "--out", out)
    assert "without folders" in refused(
        "convert-mat", before, after, "--name", "../x", "--out", out
    )
    savemat(folder / "small.mat", {"x": np.zeros((3, 3, 6)), "gt": np.eye(3)})
    small = folder / "small.mat"
    assert "give equal ones" in refused("convert-mat", before, small, "--out", out)
    assert "given for both dates" in refused("convert-mat", before, before, "--out", out)
    assert "they must fit" in refused("convert-mat", before, after, small, "--out", out)
    assert not out.exists()
    succeed("convert-mat", before, after, "--out", out)
    assert sorted(path.name for path in out.iterdir()) == ["A", "B"]
    assert "--overwrite" in refused("convert-mat", before, after, "--out", out)
    succeed("convert-mat", before, after, labels, *MEANING, "--out", out, "--overwrite")
    assert (out / "label/before.tif").exists()
    done = succeed("convert-mat", after, before, "--out", out, "--name", "before", "--overwrite")
    assert "label/before.tif\tremoved" in done.stdout
    assert not (out / "label/before.tif").exists(), "the mask of the pair that was there before"
