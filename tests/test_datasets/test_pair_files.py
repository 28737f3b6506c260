"""Where the files of pairs with masks lie, in the layouts that data sets are published in."""

import pytest
from PIL import Image

from mmrsicc.datasets import ChangeDetectionDataset
from mmrsicc.datasets.pair_files import find_images, read_names


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(path)


def test_a_folder_for_each_pair(tmp_path):
    names = ["Szada/1", "Szada/2", "Tiszadob/3"]
    for name in names:
        for file in ("im1.bmp", "im2.bmp", "gt.BMP"):
            touch(tmp_path / name / file)
    touch(tmp_path / "Szada" / "1" / "im1.old.bmp")
    dataset = ChangeDetectionDataset(
        str(tmp_path), "x", "{}/im1", "{}/im2", "{}/gt", pairs=["Tiszadob/3", "Szada/1"]
    )
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [info["pair_id"] for info in infos] == ["Szada/1", "Tiszadob/3"]
    assert infos[0]["before_path"] == str(tmp_path / "Szada/1/im1.bmp")
    assert infos[1]["mask_path"] == str(tmp_path / "Tiszadob/3/gt.BMP")


def test_a_list_beside_the_folders(tmp_path):
    for folder in ("A", "B", "label"):
        touch(*(tmp_path / folder / f"{name}.png" for name in ("a_1", "a_2", "b.1_0")))
    (tmp_path / "list").mkdir()
    (tmp_path / "list" / "train.txt").write_text("b.1_0.png\na_2.png\n\n")
    dataset = ChangeDetectionDataset(str(tmp_path), "x", pairs="list/train.txt")
    assert [info["pair_id"] for info in map(dataset.get_data_info, range(2))] == ["a_2", "b.1_0"]
    assert len(dataset) == 2
    with pytest.raises(FileNotFoundError, match=r"no list of pairs at .*val\.txt"):
        ChangeDetectionDataset(str(tmp_path), "x", pairs="list/val.txt")
    with pytest.raises(FileNotFoundError, match=r"A lacks 1 file that the list.*: c"):
        ChangeDetectionDataset(str(tmp_path), "x", pairs=["a_1", "c"])


def test_names_between_commas(tmp_path):
    (tmp_path / "train.txt").write_text("aguasclaras,bercy, bordeaux\n")
    assert read_names(tmp_path, "train.txt") == ["aguasclaras", "bercy", "bordeaux"]
    assert read_names(tmp_path, None) is None
    (tmp_path / "train.txt").write_text("\n")
    with pytest.raises(ValueError, match=r"train\.txt is empty"):
        read_names(tmp_path, "train.txt")
    with pytest.raises(ValueError, match=r"\['a'\] twice"):
        read_names(tmp_path, ["a", "b", "a.png"])


def test_a_place_with_a_name_in_it_needs_names(tmp_path):
    with pytest.raises(ValueError, match="give pairs"):
        find_images(tmp_path, "{}/im1")


COMPOSED, APART = "caf\u00e9 1", "cafe\u0301 1"


@pytest.mark.parametrize("place", ["A", "A/{}"])
def test_an_accent_is_one_character_or_two(tmp_path, place):
    touch(tmp_path / "A" / f"{APART}.png", tmp_path / "A" / "b[1].png")
    for spelling in (COMPOSED, APART):
        (tmp_path / "list.txt").write_text(f"{spelling}.png\nb[1].png\n", "utf-8")
        names = read_names(tmp_path, "list.txt")
        found = find_images(tmp_path, place, names)
        assert found == {
            COMPOSED: tmp_path / "A" / f"{APART}.png",
            "b[1]": tmp_path / "A" / "b[1].png",
        }


def test_two_spellings_of_one_name_are_two_images_of_it(tmp_path):
    touch(*(tmp_path / "A" / f"{name}.png" for name in (COMPOSED, APART)))
    with pytest.raises(ValueError, match="two images of one name"):
        find_images(tmp_path, "A")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_list_by_a_windows_editor(tmp_path, encoding):
    (tmp_path / "list.txt").write_text(f"{COMPOSED}.png\r\nb\r\n", encoding, newline="")
    assert read_names(tmp_path, "list.txt") == [COMPOSED, "b"]


def test_a_list_in_latin_1_is_refused_by_name(tmp_path):
    (tmp_path / "list.txt").write_text(f"b\n{COMPOSED}\n", "latin-1")
    with pytest.raises(ValueError, match=r"list\.txt, line 2: byte 0xe9 .*UTF-8"):
        read_names(tmp_path, "list.txt")
