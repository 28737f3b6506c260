"""Caption files as people have them: read right, or refused, also by the verification."""

import json
import math
import shutil
import unicodedata

import pytest
from data.make_levir_layout import CHANGE, make_levir_cc

from mmrsicc.datasets import LEVIRCCDataset
from mmrsicc.datasets.caption_file import read_split
from mmrsicc.datasets.split_names import split_name
from mmrsicc.datasets.verify import verify_captions
from mmrsicc.tokenizers import Vocabulary


@pytest.fixture
def root(tmp_path):
    return make_levir_cc(tmp_path)


def edit(root, change, encoding="utf-8"):
    """Apply a function to the list of records of a fabricated data set."""
    path = root / "LevirCCcaptions.json"
    content = json.loads(path.read_text())
    change(content["images"])
    path.write_bytes(json.dumps(content, ensure_ascii=False).encode(encoding))
    return path


def say(*sentences):
    """Gives the second training pair these sentences."""
    return lambda images: images[1].update(sentences=list(sentences))


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ({"raw": None}, "null is no sentence"),
        ({"raw": math.nan}, "nan is no sentence"),
        ({"raw": 12}, "12 is no sentence"),
        ({"raw": ["a house", "a road"]}, "is no sentence"),
        ({"raw": "nan"}, "empty value"),
        ({"tokens": ["None"]}, "empty value"),
        ({"tokens": None}, 'tokens" is None: make it a list of words'),
        ({"tokens": ["a", None]}, "make it a list of words"),
        ({"tokens": [["a", "house"]]}, "make it a list of words"),
        ({"tokens": ["<start>", "a", "house", "<end>"]}, "is a token"),
        ({"tokens": ["a", "<unk>"]}, '"<unk>" is no word'),
        ({"raw": "12."}, "has no letter"),
        ({"raw": '"a house"'}, "stands in quotes"),
        ("a house", 'neither "tokens" nor "raw": write'),
    ],
)
def test_what_is_no_sentence_is_refused_with_its_place(root, sentence, message):
    path = edit(root, say({"raw": "a house"}, sentence))
    place = f"{path}, record 1 (train_000001.png), sentence 1: "
    with pytest.raises(ValueError, match=message) as error:
        LEVIRCCDataset(data_root=str(root))
    assert str(error.value).startswith(place)
    with pytest.raises(ValueError, match=message):
        Vocabulary(ann_file=str(path), min_count=1)
    (fault,) = verify_captions(root)
    assert fault.kind == "wrong record" and fault.message.startswith(place)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_unicode_gives_the_same_words(root, encoding):
    path = edit(root, say({"raw": "Un bâtiment."}, {"raw": "un ba\u0302timent"}), encoding)
    (record,) = (r for r in read_split(path, "train") if r.filename == "train_000001.png")
    assert record.captions == ("un b\u00e2timent",) * 2
    assert verify_captions(root) == []


def test_latin_1_is_refused_with_its_line(root):
    path = edit(root, say({"raw": "un bâtiment"}), "latin-1")
    with pytest.raises(ValueError, match=r"line 1: byte 0xe2 is not UTF-8.*iconv"):
        read_split(path, "train")
    (fault,) = verify_captions(root)
    assert fault.kind == "unreadable caption file" and "0xe2" in fault.message


def test_a_key_twice_would_lose_sentences(root):
    path = root / "LevirCCcaptions.json"
    path.write_text(path.read_text().replace('"sentences"', '"sentences": [], "sentences"', 1))
    with pytest.raises(ValueError, match="key 'sentences' comes twice"):
        read_split(path, "train")


def test_splits_under_their_other_names(root):
    names = {"train": "Train", "val": " validation", "test": "TEST"}
    edit(root, lambda images: [r.update(split=names[r["split"]]) for r in images])
    for asked in ("train", "val", "test", "Validation"):
        dataset = LEVIRCCDataset(data_root=str(root), split=asked, test_mode=True)
        folder = split_name(asked)
        assert len(dataset) == {"train": 4, "val": 2, "test": 2}[folder]
        assert f"/{folder}/A/" in dataset.get_data_info(0)["before_path"]
    assert verify_captions(root) == []
    assert Vocabulary(ann_file=str(root / "LevirCCcaptions.json"), min_count=1).encode("house")
    assert [split_name(name) for name in ("dev", "valid", "test_Extra", "training")] == [
        *("val", "val", "test_extra", "train"),
    ]


@pytest.mark.parametrize(("in_file", "on_disk"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFC", "NFC")])
def test_accents_in_names_of_files_and_folders(root, in_file, on_disk):
    def spelled(form):
        return unicodedata.normalize(form, "Orléans_é.png"), unicodedata.normalize(form, "été")

    name, folder = spelled(on_disk)
    (root / "images/train").rename(root / "images" / folder)
    for date in ("A", "B"):
        image = root / "images" / folder / date / "train_000001.png"
        image.rename(image.with_name(name))
    told, told_folder = spelled(in_file)

    def rename(images):
        for record in images:
            if record["split"] == "train":
                record["filepath"] = told_folder
        images[1]["filename"] = told

    edit(root, rename)
    dataset = LEVIRCCDataset(data_root=str(root), test_mode=True, pipeline=[{"type": "LoadPair"}])
    info = dataset[1]
    assert info["pair_id"] == unicodedata.normalize("NFC", "Orléans_é")
    assert info["before"].shape == (16, 16, 3) and info["captions"] == list(CHANGE)
    assert verify_captions(root) == []
    (root / "images" / folder / "A" / name).unlink()
    with pytest.raises(FileNotFoundError, match="lacks 1 image"):
        LEVIRCCDataset(data_root=str(root))
    (fault,) = verify_captions(root)
    assert fault.kind == "missing image"


def test_pairs_that_come_twice_are_refused_before_they_are_scored(root):
    path = edit(
        root, lambda images: images.insert(1, {**images[0], "filename": "train_000000.tif"})
    )
    with pytest.raises(ValueError, match=r"split 'train' has 2 records of pair train_000000 \(tr"):
        read_split(path, "train")
    assert len(read_split(path, "val")) == 2
    assert "duplicate pair" in {fault.kind for fault in verify_captions(root)}


def test_an_image_in_two_splits_is_a_fault(root):
    edit(root, lambda images: images.append({**images[0], "split": "test"}))
    (fault,) = verify_captions(root)
    assert fault.kind == "pair in two splits" and "train and test" in fault.message


def test_equal_names_in_folders_of_their_own_are_two_pairs(root):
    for date in ("A", "B"):
        for site in ("site1", "site2"):
            folder = root / "images/train" / date
            (folder / site).mkdir()
            shutil.copy(folder / "train_000000.png", folder / site / "x.png")
    edit(
        root,
        lambda images: images.extend(
            {**images[0], "filename": f"{site}/x.png"} for site in ("site1", "site2")
        ),
    )
    dataset = LEVIRCCDataset(data_root=str(root), test_mode=True)
    ids = [dataset.get_data_info(i)["pair_id"] for i in range(len(dataset))]
    assert ids[-2:] == ["site1/x", "site2/x"]


@pytest.mark.parametrize("key", ["filename", "filepath"])
@pytest.mark.parametrize("place", ["../secret.png", "/etc/passwd", "C:\\x.png", "a/../../x.png"])
def test_paths_that_leave_the_folder_are_refused(root, key, place):
    path = edit(root, lambda images: images[2].update({key: place}))
    with pytest.raises(ValueError, match=r"record 2 .*name a place below the folder of the images"):
        read_split(path, "train")
