"""Captioning from the command line, with no data set on disk."""

import json
import shutil

import pytest
from PIL import Image
from test_cli.conftest import refused, succeed


@pytest.fixture
def folders(tiny_config, tmp_path):
    """Both dates of the test split, copied out of the data set."""
    for name in "AB":
        shutil.copytree(tiny_config.parent / "images" / "test" / name, tmp_path / name)
    return tmp_path / "A", tmp_path / "B"


@pytest.fixture
def config_alone(tiny_config, tmp_path):
    """The config, pointing at a data set that is not there."""
    text = tiny_config.read_text().replace(str(tiny_config.parent), str(tmp_path / "gone"))
    path = tmp_path / "alone.py"
    path.write_text(text)
    return path


def caption(*arguments):
    return succeed("caption", *arguments, "--device", "cpu")


def test_two_images(config_alone, trained, folders):
    before, after = (sorted(folder.iterdir())[0] for folder in folders)
    done = caption(config_alone, trained, before, after)
    assert len(done.stdout.splitlines()) == 1


def test_a_picture_of_the_pair(config_alone, trained, folders, tmp_path):
    before, after = (sorted(folder.iterdir())[0] for folder in folders)
    out = tmp_path / "picture.png"
    caption(config_alone, trained, before, after, "--picture", out)
    with Image.open(out) as picture:
        # Both dates and the mask that the change detector predicted, each 380 pixels wide.
        assert picture.size[0] == 3 * 380 + 2 * 12 + 2 * 24


@pytest.mark.parametrize(
    ("name", "message"), [("a.jpg", "ends in .png"), ("a.png", "draws one pair, not 5")]
)
def test_pictures_that_cannot_be_are_refused_at_once(folders, tmp_path, name, message):
    said = refused("caption", "no_config.py", "no.pth", *folders, "--picture", tmp_path / name)
    assert message in said.strip().splitlines()[-1]
    assert not (tmp_path / name).exists()


def test_a_picture_does_not_overwrite_an_image(folders):
    before, after = (sorted(folder.iterdir())[0] for folder in folders)
    pixels = after.read_bytes()
    said = refused("caption", "no_config.py", "no.pth", before, after, "--picture", after)
    assert (
        "would be overwritten, but it is used here: name another file" in said
        and after.read_bytes() == pixels
    )


def test_two_folders_with_beams(config_alone, trained, folders, tmp_path):
    out = tmp_path / "captions.jsonl"
    done = caption(config_alone, trained, *folders, "--beam-size", 3, "--out", out)
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [r["id"] for r in records] == sorted(p.stem for p in folders[0].iterdir())
    assert done.stdout == "".join(f"{r['id']}.png\t{r['caption']}\n" for r in records)
    assert all(r["score"] <= 0 for r in records)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda a, b: sorted(b.iterdir())[0].unlink(), "complete the folder or drop the pair"),
        (lambda a, b: sorted(b.iterdir())[0].write_bytes(b"no image"), "copy it again"),
        (lambda a, b: shutil.rmtree(b), "there is no"),
    ],
)
def test_bad_folders_are_named(config_alone, trained, folders, spoil, message):
    spoil(*folders)
    last = refused("caption", config_alone, trained, *folders).strip().splitlines()[-1]
    assert message in last and str(folders[1]) in last
