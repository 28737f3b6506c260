"""``mmrsicc caption --masks``: change masks as files."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from mmrsicc.apis import ChangeCaptionInferencer
from mmrsicc.apis.caption_result import CaptionResult
from mmrsicc.apis.mask_folder import mask_image
from mmrsicc.cli.main import main
from mmrsicc.datasets.mask_io import read_mask


def test_each_mask_is_a_file_of_class_ids_at_the_images_size(checkpoint, folders, tmp_path):
    masks = tmp_path / "masks"
    main(["caption", str(checkpoint), *map(str, folders), "--masks", str(masks)])
    results = ChangeCaptionInferencer(checkpoint, device="cpu")(folders)
    assert sorted(p.name for p in masks.glob("*.png")) == [f"{name}.png" for name in "abcde"]
    for name, result in zip("abcde", results, strict=True):
        path = masks / f"{name}.png"
        assert np.array_equal(read_mask(path), result.mask)
        with Image.open(path) as image:
            assert image.size == result.mask.shape[::-1]
            # Unchanged is black, changed is seen.
            colours = np.asarray(image.convert("RGB")).max(-1) > 0
            assert np.array_equal(colours, result.mask > 0)


def test_masks_of_equal_names_do_not_meet(checkpoint, folders, tmp_path):
    before, after = (str(folder / "a.png") for folder in folders)
    table = tmp_path / "pairs.csv"
    table.write_text(f"before,after\n{before},{after}\n{before},{before}\n")
    main(["caption", str(checkpoint), "--csv", str(table), "--masks", str(tmp_path / "m")])
    found = {path.relative_to(tmp_path / "m").as_posix() for path in tmp_path.glob("m/**/*.png")}
    assert found == {"after/a.png", "before/a.png"}


def test_images_are_not_overwritten_by_masks(checkpoint, folders, tmp_path):
    images = [(path, path.read_bytes()) for path in sorted(folders[1].iterdir())]
    with pytest.raises(SystemExit, match=r"a\.png is there and would be overwritten by a mask"):
        main(["caption", str(checkpoint), *map(str, folders), "--masks", str(folders[1])])
    assert images == [(path, path.read_bytes()) for path in sorted(folders[1].iterdir())]


def test_masks_of_two_models_do_not_meet(checkpoint, folders, tmp_path):
    other, masks = tmp_path / "other.pth", tmp_path / "masks"
    content = torch.load(shutil.copy(checkpoint, other), weights_only=True)
    torch.save({**content, "of": "another training"}, other)
    command = [*map(str, folders), "--masks", str(masks)]
    main(["caption", str(checkpoint), *command])
    main(["caption", str(checkpoint), *command])
    with pytest.raises(SystemExit, match="masks holds masks of another model, other options"):
        main(["caption", str(other), *command])


def test_masks_of_other_images_of_equal_names_are_not_overwritten(checkpoint, folders, tmp_path):
    """Tiles of several sites are often called alike."""
    masks, (before, after) = tmp_path / "masks", folders
    main(["caption", str(checkpoint), str(before), str(after), "--masks", str(masks)])
    written = [(path, path.read_bytes()) for path in sorted(masks.glob("*.png"))]
    other = shutil.copytree(before, tmp_path / "other site")
    with pytest.raises(SystemExit, match=r"a\.png is the mask of other images, .*before"):
        main(["caption", str(checkpoint), str(after), str(other), "--masks", str(masks)])
    assert written == [(path, path.read_bytes()) for path in sorted(masks.glob("*.png"))]


def test_a_folder_of_masks_takes_further_pairs(checkpoint, folders, tmp_path):
    pairs = [[str(folder / f"{name}.png") for folder in folders] for name in "ab"]
    for pair in (*pairs, pairs[0]):
        main(["caption", str(checkpoint), *pair, "--masks", str(tmp_path / "m")])
    assert sorted(path.name for path in tmp_path.glob("m/*.png")) == ["a.png", "b.png"]
    (tmp_path / "m" / "c.png").write_bytes(b"a label that somebody drew")
    third = [str(folder / "c.png") for folder in folders]
    with pytest.raises(SystemExit, match=r"c\.png is there and would be overwritten by a mask"):
        main(["caption", str(checkpoint), *third, "--masks", str(tmp_path / "m")])


def test_masks_of_many_classes_keep_their_ids(tmp_path):
    result = CaptionResult(None, None)
    result.mask = np.arange(20, dtype=np.uint8)[None]
    mask_image(result).save(tmp_path / "m.png")
    with Image.open(tmp_path / "m.png") as image:
        assert np.array_equal(image, result.mask)
