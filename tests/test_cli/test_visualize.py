"""Pictures from the command line: of chosen pairs, and of pairs of a test."""

import json

import pytest
from PIL import Image
from test_cli.conftest import refused, succeed


def visualize(*arguments):
    return succeed("visualize", *arguments, "--device", "cpu")


def test_two_images_become_one_picture(tiny_config, trained, tmp_path):
    images = tiny_config.parent / "images" / "test"
    paths = [images / date / "test_000001.png" for date in "AB"]
    out = tmp_path / "pair.png"
    done = visualize(tiny_config, trained, *paths, "--out", out)
    assert done.stdout.splitlines()[-1].startswith(f"{out}: ")
    with Image.open(out) as picture:
        # Both dates and the predicted mask; below them words, weights of scales and gates.
        assert picture.width == 3 * 380 + 2 * 12 + 2 * 24 and picture.height > 1000


def test_images_are_not_drawn_over(tiny_config, trained, tmp_path):
    images = tiny_config.parent / "images" / "test"
    paths = [tmp_path / f"{date}.png" for date in ("before", "after")]
    for path, date in zip(paths, "AB", strict=True):
        path.write_bytes((images / date / "test_000001.png").read_bytes())
    for out in (tmp_path, paths[0]):
        said = refused("visualize", tiny_config, trained, *paths, "--out", out, "--device", "cpu")
        assert "would be overwritten, but it is used here" in said


def test_pairs_of_a_split_fill_a_folder(tiny_config, trained, tmp_path):
    ids = ["train_000005", "train_000002"]
    arguments = ("--pair-id", *ids, "--split", "train", "--out", tmp_path / "pictures")
    done = visualize(tiny_config, trained, *arguments)
    files = [tmp_path / "pictures" / f"{pair_id}.png" for pair_id in ids]
    assert sorted(files) == sorted((tmp_path / "pictures").iterdir())
    said = [line.partition(": ")[0] for line in done.stdout.splitlines()]
    assert [line for line in said if line.endswith(".png")] == [str(path) for path in files]


def test_a_test_draws_its_first_pairs(tiny_config, trained, tmp_path):
    command = ("test", tiny_config, trained, "--work-dir", tmp_path / "work")
    show, out = tmp_path / "show", tmp_path / "out.jsonl"
    succeed(*command, "--show-dir", show, "--show-number", 2, "--out", out)
    ids = [json.loads(line)["id"] for line in out.read_text().splitlines()]
    assert sorted(path.stem for path in show.iterdir()) == sorted(ids)[:2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "a.png"], "BEFORE and AFTER, or pairs of the data set by --pair-id"),
        (["a.png", "--out", "a.png"], "BEFORE and AFTER"),
        (["a.png", "b.png", "--pair-id", "x", "--out", "a.png"], "BEFORE and AFTER"),
        (["--pair-id", "x", "y", "--out", "a.png"], "2 pairs go to a folder"),
        (["--pair-id", "x", "--out", "a.jpg"], "end it in .png"),
    ],
)
def test_arguments_that_do_not_go_together(arguments, message):
    assert message in refused("visualize", "config.py", "checkpoint.pth", *arguments)
