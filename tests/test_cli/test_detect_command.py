"""``mmrsicc detect``: masks without a model, and with a trained detector."""

import json
import warnings

import numpy as np
import pytest
import torch
from mmengine import Config
from PIL import Image
from test_cli.conftest import refused, succeed

from mmrsicc.apis.detecting import build_method
from mmrsicc.change_maps import CVA, IRMAD, LEARNED, METHODS, THRESHOLDS, change_mask
from mmrsicc.cli import arguments
from mmrsicc.datasets import ChangeCaptionDataset, ChangeDetectionDataset
from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample

DETECTOR = """
default_scope = "mmrsicc"
model = dict(
    type="FCSiamDiff", source_dataset="none", sliding_window=dict(size=64, stride=32)
)
test_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="LoadPair"), dict(type="ResizePair", scale=(96, 96)),
            dict(type="PackChangeInputs"),
        ]
    )
)
"""


def pictures(folder, suffix=".png", names="ab", size=(24, 30)):
    """Two folders of pairs, in which a corner of each after image is bright."""
    generator = np.random.default_rng(0)
    for name in names:
        before = generator.integers(0, 60, (*size, 3), np.uint8)
        after = before + generator.integers(0, 9, before.shape, np.uint8)
        after[:6, :8] += 150
        for date, pixels in (("A", before), ("B", after)):
            (folder / date).mkdir(parents=True, exist_ok=True)
            options = {"lossless": True} if suffix == ".webp" else {}
            Image.fromarray(pixels).save(folder / date / f"{name}{suffix}", **options)
    return folder / "A", folder / "B"


def corner(size=(24, 30)):
    mask = np.zeros(size, np.uint8)
    mask[:6, :8] = 1
    return mask


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    """Config and checkpoint of a detector with random weights."""
    folder = tmp_path_factory.mktemp("detector")
    (folder / "detector.py").write_text(DETECTOR)
    torch.manual_seed(0)
    model = MODELS.build(Config.fromstring(DETECTOR, ".py").model)
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    content = {"state_dict": model.state_dict(), "meta": {"cfg": DETECTOR}}
    torch.save(content, folder / "detector.pth")
    return folder / "detector.py", folder / "detector.pth", model.eval()


def test_the_names_are_those_of_the_library():
    assert tuple(LEARNED) == arguments.LEARNED
    assert tuple(METHODS) == arguments.METHODS and tuple(THRESHOLDS) == arguments.THRESHOLDS


def test_a_method_that_is_not_known_is_told():
    with pytest.raises(ValueError, match="'mad': give one of cva, cva-standardized, pca"):
        build_method("mad")
    assert build_method("dcva", {"backbone": {"type": "none"}}, "cpu").device.type == "cpu"


def test_one_pair_without_a_model(tmp_path):
    before, after = (folder / "a.png" for folder in pictures(tmp_path))
    out, scores = tmp_path / "m" / "mask.png", tmp_path / "s.npy"
    done = succeed("detect", before, after, "--out", out, "--scores", scores)
    assert done.stdout == f"{out}\t6.67 % changed\n"
    assert np.array_equal(read_mask(out), corner())
    expected = CVA()(np.asarray(Image.open(before)), np.asarray(Image.open(after)))
    assert np.array_equal(np.load(scores), expected)
    succeed("detect", before, after, "--out", out, "--threshold", 1e9)
    assert not read_mask(out).any()


@pytest.mark.parametrize("method", ["pca-kmeans", "irmad", "isfa", "cva-standardized"])
def test_methods_with_options(tmp_path, method):
    before, after = (folder / "a.png" for folder in pictures(tmp_path))
    options = {"pca-kmeans": "block_size=2", "irmad": "max_iterations=1"}.get(method)
    more = ("--method-options", options) if options else ()
    scores = tmp_path / "s.npy"
    command = ("detect", before, after, "--method", method, *more, "--threshold", "otsu")
    succeed(*command, "--out", tmp_path / "m.png", "--scores", scores)
    kwargs = {k: int(v) for k, v in [options.split("=")]} if options else {}
    images = [np.asarray(Image.open(path)) for path in (before, after)]
    assert np.array_equal(np.load(scores), METHODS[method](**kwargs)(*images))


def test_many_bands_and_no_data(tmp_path):
    rasterio = pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")
    generator = np.random.default_rng(0)
    before = generator.integers(100, 4000, (6, 20, 25)).astype(np.uint16)
    after = before + generator.integers(0, 90, before.shape).astype(np.uint16)
    after[:, 4:9, 5:12] = generator.integers(100, 4000, (6, 5, 7))
    after[:, 15:, :] = 0
    for name, bands in (("a", before), ("b", after)):
        profile = dict(count=6, height=20, width=25, dtype="uint16", nodata=0, driver="GTiff")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with rasterio.open(tmp_path / f"{name}.tif", "w", **profile) as file:
                file.write(bands)
    out, scores = tmp_path / "mask.png", tmp_path / "s.npy"
    files = (tmp_path / "a.tif", tmp_path / "b.tif")
    done = succeed("detect", *files, "--method", "irmad", "--out", out, "--scores", scores)
    found = read_mask(out)
    assert found[4:9, 5:12].mean() > 0.8 and not found[15:].any()
    # Statistics and share are those of the pixels that have data.
    part = IRMAD()(before[:, :15].transpose(1, 2, 0), after[:, :15].transpose(1, 2, 0))
    assert np.allclose(np.load(scores)[:15], part, rtol=1e-4)
    assert f"\t{100 * found.sum() / (15 * 25):.2f} % changed" in done.stdout
    succeed("detect", *files, "--bands", 2, 5, "--out", out, "--scores", scores)
    two = [bands[[1, 4]].transpose(1, 2, 0) for bands in (before, after)]
    assert np.array_equal(np.load(scores)[:15], CVA()(*two)[:15])


@pytest.mark.parametrize("suffix", [".png", ".webp", ".jpg"])
def test_a_folder_of_masks_is_read_by_the_data_sets(tmp_path, suffix):
    """They stand in for masks that nobody drew."""
    root = tmp_path / "images" / "train"
    folders = pictures(root, suffix)
    succeed("detect", *folders, "--out", root / "pseudo", "--scores", tmp_path / "scores")
    written = sorted(p.name for p in (tmp_path / "scores").iterdir())
    assert written == ["a.npy", "b.npy", "masks.json"]
    masks = ChangeDetectionDataset(
        str(root), "none", mask_dir="pseudo", pipeline=[{"type": "LoadPair", "binary_mask": True}]
    )
    assert [np.array_equal(sample["gt_mask"], corner()) for sample in masks] == [True, True]
    if suffix == ".jpg":
        return  # Caption files name masks as images, and JPEG would blur them.
    sentences = [{"raw": "a house is built", "tokens": ["a", "house", "is", "built"]}]
    records = [
        {"filename": f"{n}{suffix}", "filepath": "train", "split": "train", "imgid": i}
        | {"sentences": sentences, "changeflag": 1}
        for i, n in enumerate("ab")
    ]
    (tmp_path / "captions.json").write_text(json.dumps({"images": records}))
    captions = ChangeCaptionDataset(
        "captions.json", str(tmp_path), mask_dir="pseudo", pipeline=[{"type": "LoadPair"}]
    )
    assert np.array_equal(captions[1]["gt_mask"], corner())


def test_a_table_and_broken_pairs(tmp_path):
    pictures(tmp_path, names="abc")
    (tmp_path / "B" / "b.png").write_bytes(b"no picture")
    table = tmp_path / "pairs.csv"
    table.write_text("before,after\n" + "".join(f"A/{n}.png,B/{n}.png\n" for n in "abc"))
    said = refused("detect", "--csv", table, "--out", tmp_path / "masks")
    assert said.startswith("1 of 3 pairs could not be compared:") and "b.png" in said
    assert sorted(p.name for p in (tmp_path / "masks").glob("*.png")) == ["a.png", "c.png"]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*.*")}


def test_images_are_not_overwritten_by_masks(tmp_path):
    folders = pictures(tmp_path)
    pair, here = [folder / "a.png" for folder in folders], contents(tmp_path)
    (tmp_path / "link").symlink_to(folders[1])
    for words in ((*folders, "--out", folders[1]), (*folders, "--out", tmp_path / "link")):
        assert "a.png is an image of a pair: write masks and" in refused("detect", *words)
    for out in pair:
        assert f"{out} is an image of a pair" in refused("detect", *pair, "--out", out)
    assert contents(tmp_path) == here


def test_scores_are_not_overwritten_by_those_of_another_method(tmp_path):
    folders, scores = pictures(tmp_path), tmp_path / "scores"
    run = ("detect", *folders, "--scores", scores, "--out")
    succeed(*run, tmp_path / "one")
    succeed(*run, tmp_path / "one")
    other = (*run, tmp_path / "two", "--method", "irmad")
    assert "scores holds masks of another model, other options" in refused(*other)
    (scores / "masks.json").unlink()
    assert "a.npy is there and would be overwritten" in refused(*other)


def test_labels_are_not_overwritten_by_masks(tmp_path):
    folders, labels = pictures(tmp_path), tmp_path / "label"
    labels.mkdir()
    (labels / "b.png").write_bytes(b"a mask that somebody drew")
    assert "b.png is there and would be overwritten" in refused("detect", *folders, "--out", labels)
    assert contents(labels) == {labels / "b.png": b"a mask that somebody drew"}
    for _ in range(2):
        succeed("detect", *folders, "--out", tmp_path / "own", "--threshold", 1e9)
    assert not read_mask(tmp_path / "own" / "a.png").any()
    for other in (("--threshold", 1), ("--method", "pca-kmeans", "--threshold", 1e9)):
        said = refused("detect", *folders, "--out", tmp_path / "own", *other)
        assert "own holds masks of another model, other options" in said
    other = pictures(tmp_path / "other site")
    said = refused("detect", *other, "--out", tmp_path / "own", "--threshold", 1e9)
    assert "a.png is the mask of other images" in said and str(folders[0] / "a.png") in said


def test_a_trained_detector_gives_its_own_mask(tmp_path, detector):
    config, checkpoint, model = detector
    paths = [folder / "a.png" for folder in pictures(tmp_path, size=(40, 100))]
    out, scores = tmp_path / "mask.png", tmp_path / "s.npy"
    files = ("--out", out, "--scores", scores, "--device", "cpu")
    succeed("detect", *paths, "--model", config, "--checkpoint", checkpoint, *files)
    probability = np.load(scores)
    assert probability.shape == (40, 100) and 0 <= probability.min() < probability.max() <= 1
    assert np.array_equal(read_mask(out), probability > 0.5)
    # At the size that the pipeline makes of it, through the window: as a test predicts.
    small = [Image.open(path).resize((96, 96)) for path in paths]
    for name, image in zip("AB", small, strict=True):
        image.save(tmp_path / f"{name}.png")
    dates = [torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() for image in small]
    with torch.no_grad():
        (sample,) = model(dates, [ChangeDataSample()], mode="predict")
    small_files = (tmp_path / "A.png", tmp_path / "B.png")
    succeed("detect", *small_files, "--checkpoint", checkpoint, *files)
    assert np.array_equal(read_mask(out), sample.pred_mask.numpy())
    assert 0 < read_mask(out).mean() < 1
    assert np.array_equal(change_mask(np.load(scores), 0.5), read_mask(out))


def test_what_makes_no_sense_is_refused(tmp_path, detector):
    config, weights, _ = detector
    folders = pictures(tmp_path)
    pair = [folder / "a.png" for folder in folders]
    out = tmp_path / "out.png"
    for words, message in (
        ((pair[0], "--out", out), "give BEFORE AFTER or --csv FILE"),
        ((*pair, "--csv", "x.csv", "--out", out), "give BEFORE AFTER or --csv FILE"),
        ((*pair, "--out", tmp_path / "out.jpg"), "name a file that ends in .png"),
        ((*folders, "--out", out), "name a folder"),
        ((*pair, "--out", out, "--scores", "x.png"), "name a file that ends in .npy"),
        ((*pair, "--out", out, "--threshold", "median"), "otsu, kmeans, ki"),
        ((*pair, "--out", out, "--threshold", "nan"), "otsu, kmeans, ki"),
        ((*pair, "--out", out, "--method-options", "size=3"), "cva has no option size: give some"),
        ((*pair, "--out", out, "--model", config), "needs weights: give --checkpoint"),
        ((*pair, "--out", out, "--range", 0, 1), "--range is for --model"),
        (
            (*pair, "--out", out, "--checkpoint", weights, "--method", "cva"),
            "leave out --method or",
        ),
        ((pair[0], tmp_path / "no.png", "--out", out), "there is no"),
    ):
        assert message in refused("detect", *words), words
    assert not out.exists()
    Image.new("RGB", (5, 5)).save(tmp_path / "small.png")
    assert "lay one onto the other" in refused(
        "detect", pair[0], tmp_path / "small.png", *("--out", out)
    )
