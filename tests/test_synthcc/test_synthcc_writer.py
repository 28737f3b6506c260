"""SynthCC on disk: LEVIR-MCI's layout, whole or not taken for a data set, and resumed."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmrsicc.datasets.caption_file import CaptionRecord, parse_record
from mmrsicc.datasets.levir_cc import LEVIRCCDataset, LEVIRMCIDataset
from mmrsicc.datasets.synth_cc import SynthCCDataset
from mmrsicc.datasets.verify import verify_captions
from mmrsicc.synthcc import (
    SHARES,
    Settings,
    event_from_dict,
    is_true,
    make_pair,
    pair_ids,
    write_data_set,
    writer,
)
from mmrsicc.synthcc.kinds import LABELS

SETTINGS = Settings(num_pairs=12, seed=3, size=128)
CAPTIONS = "LevirCCcaptions.json"


def files_of(root):
    """Content of all files, by path."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small data set, written without interruption."""
    root = tmp_path_factory.mktemp("synthcc") / "whole"
    counts = list(write_data_set(root, SETTINGS))
    assert counts == list(range(13))
    return root


@pytest.fixture
def drawn(monkeypatch):
    """Names of the pairs that are drawn from here on."""
    names = []

    def draw(seed, pair_id, *arguments):
        names.append(pair_id.name)
        return make_pair(seed, pair_id, *arguments)

    monkeypatch.setattr(writer, "make_pair", draw)
    return names


def test_layout(whole):
    expected = {CAPTIONS, "synthcc.json"}
    for pair in pair_ids(12):
        folders = (f"images/{pair.split}/{folder}" for folder in ("A", "B", "label"))
        expected |= {f"{folder}/{pair.name}.png" for folder in folders}
        expected.add(f"events/{pair.split}/{pair.name}.json")
    assert set(files_of(whole)) == expected
    assert verify_captions(whole) == []


def test_images_hold_what_was_drawn(whole):
    for pair_id in (pair_ids(12)[0], pair_ids(12)[-1]):
        pair = make_pair(3, pair_id, 128)
        for folder, pixels in (("A", pair.before), ("B", pair.after), ("label", pair.label)):
            path = whole / "images" / pair_id.split / folder / f"{pair_id.name}.png"
            with Image.open(path) as image:
                assert image.mode == ("L" if folder == "label" else "RGB")
                assert np.array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize("kind", [LEVIRCCDataset, SynthCCDataset])
def test_data_sets_read_every_split(whole, kind):
    found = []
    for split in SHARES:
        data = kind(data_root=str(whole), split=split, pipeline=[dict(type="LoadPair")])
        for index in range(len(data)):
            sample = data[index]
            assert sample["before"].shape == sample["after"].shape == (128, 128, 3)
            found.append(sample["pair_id"])
            if kind is not LEVIRCCDataset:
                assert sample["gt_mask"].any() == bool(sample["change_flag"])
    assert found == [pair.name for pair in pair_ids(12)]


def test_synthcc_is_not_read_by_the_classes_of_levir_mci(whole):
    data = LEVIRMCIDataset(data_root=str(whole), pipeline=[dict(type="LoadPair")])
    with pytest.raises(ValueError, match="beside those of its classes, 0, 128, 255"):
        [data[index] for index in range(len(data))]


def test_synthcc_names_all_its_classes():
    classes = SynthCCDataset.METAINFO["mask_classes"]
    assert set(classes) == set(LABELS.values())
    for kind in ("road", "building", "lake", "swimming pool", "parking lot", "playground"):
        assert classes[LABELS[kind]] == kind


def key_tree(content):
    """Keys of nested objects and lists, with the types of their values."""
    if isinstance(content, dict):
        return {key: key_tree(value) for key, value in content.items()}
    if isinstance(content, list):
        return [key_tree(content[0])]
    return type(content).__name__


def test_caption_file_has_the_keys_of_levir_cc(whole, real_data):
    official = json.loads((real_data / "levir_cc" / CAPTIONS).read_text())
    assert key_tree(json.loads((whole / CAPTIONS).read_text())) == key_tree(official)


def test_caption_file(whole):
    images = json.loads((whole / CAPTIONS).read_text())["images"]
    sentences = [sentence for image in images for sentence in image["sentences"]]
    assert [image["imgid"] for image in images] == list(range(12))
    assert [sentence["sentid"] for sentence in sentences] == list(range(60))
    for image, pair in zip(images, pair_ids(12), strict=True):
        events = json.loads((whole / "events" / pair.split / f"{pair.name}.json").read_text())
        assert parse_record(image, 0, CAPTIONS) == CaptionRecord(
            folder=pair.split,
            filename=f"{pair.name}.png",
            split=pair.split,
            captions=tuple(events["sentences"]),
            change_flag=pair.number % 2,
        )
        assert len(image["sentences"]) == len(image["sentids"]) == 5
        for sentence, number in zip(image["sentences"], image["sentids"], strict=True):
            assert sentence["raw"].split() == [*sentence["tokens"], "."]
            assert sentence["raw"] == f" {' '.join(sentence['tokens'])} ."
            assert (sentence["imgid"], sentence["sentid"]) == (image["imgid"], number)


def test_event_files_tell_all_of_a_pair(whole):
    for pair_id in pair_ids(12):
        path = whole / "events" / pair_id.split / f"{pair_id.name}.json"
        content = json.loads(path.read_text())
        events = tuple(map(event_from_dict, content["events"]))
        pair = make_pair(3, pair_id, 128)
        assert content["pair_id"] == pair_id.name
        assert events == pair.scene.events
        assert content["distractors"] == pair.distractors
        assert all(is_true(sentence, events) for sentence in content["sentences"])


@pytest.mark.parametrize("unchanged", [0.0, 0.25, 1.0])
def test_share_of_unchanged_pairs_on_disk(tmp_path, unchanged):
    list(write_data_set(tmp_path / "data", Settings(8, size=128, unchanged=unchanged)))
    images = json.loads((tmp_path / "data" / CAPTIONS).read_text())["images"]
    train = [image["changeflag"] for image in images if image["split"] == "train"]
    assert len(train) == 4 and train.count(0) == 4 * unchanged


def test_large_images(tmp_path):
    list(write_data_set(tmp_path / "data", Settings(5, size=512)))
    assert verify_captions(tmp_path / "data") == []
    data = SynthCCDataset(data_root=str(tmp_path / "data"), pipeline=[dict(type="LoadPair")])
    assert data[0]["after"].shape == (512, 512, 3) and data[0]["gt_mask"].shape == (512, 512)


def test_a_run_that_breaks_off_is_resumed(whole, tmp_path, drawn, monkeypatch):
    root, draw = tmp_path / "data", writer.make_pair

    def fail(*arguments):
        if len(drawn) == 5:
            raise KeyboardInterrupt
        return draw(*arguments)

    monkeypatch.setattr(writer, "make_pair", fail)
    with pytest.raises(KeyboardInterrupt):
        for _ in write_data_set(root, SETTINGS):
            assert not (root / CAPTIONS).exists()
    with pytest.raises(FileNotFoundError, match="no caption file"):
        LEVIRCCDataset(data_root=str(root))

    monkeypatch.setattr(writer, "make_pair", draw)
    before = drawn.copy()
    assert list(write_data_set(root, SETTINGS)) == list(range(5, 13))
    assert before + drawn[5:] == [pair.name for pair in pair_ids(12)]
    assert files_of(root) == files_of(whole)


def test_a_complete_data_set_is_left_alone(whole, drawn):
    files = files_of(whole)
    assert list(write_data_set(whole, SETTINGS)) == [12]
    assert drawn == [] and files_of(whole) == files


def test_a_pair_that_lacks_its_last_file_is_drawn_again(whole, tmp_path, drawn):
    root = tmp_path / "data"
    list(write_data_set(root, SETTINGS))
    (root / "events/val/val_000001.json").unlink()
    image = root / "images/val/B/val_000001.png"
    image.write_bytes(image.read_bytes()[:100])
    drawn.clear()
    list(write_data_set(root, SETTINGS))
    assert drawn == ["val_000001"] and files_of(root) == files_of(whole)


@pytest.mark.parametrize("method", ["write_bytes", "write_text"])
def test_a_full_disk_leaves_no_half_file(whole, tmp_path, monkeypatch, method):
    """Images are written as bytes, the JSON files as text; each fails half way through."""
    root, write, left = tmp_path / "data", getattr(Path, method), [4]

    def fill_up(path, content, **kwargs):
        left[0] -= 1
        if left[0] < 0:
            write(path, content[: len(content) // 2], **kwargs)
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write(path, content, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Path, method, fill_up)
        with pytest.raises(OSError, match="No space left on device"):
            list(write_data_set(root, SETTINGS))
    complete = files_of(whole)
    for path, content in files_of(root).items():
        assert content == complete[path]
    assert CAPTIONS not in files_of(root)
    list(write_data_set(root, SETTINGS))
    assert files_of(root) == complete


def test_a_full_disk_stops_other_sensors_too(tmp_path, monkeypatch):
    pytest.importorskip("rasterio", reason="needs the extra geo")
    settings, write, left = Settings(5, 3, 128, sensors="sar-optical"), writer.write_bands, [4]

    def fill_up(path, bands):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, bands)

    with monkeypatch.context() as patch:
        patch.setattr(writer, "write_bands", fill_up)
        with pytest.raises(OSError, match="No space left on device"):
            list(write_data_set(tmp_path / "data", settings))
    assert CAPTIONS not in files_of(tmp_path / "data")
    list(write_data_set(tmp_path / "data", settings))
    list(write_data_set(tmp_path / "whole", settings))
    assert files_of(tmp_path / "data") == files_of(tmp_path / "whole")


def test_other_settings_are_refused(whole):
    files = files_of(whole)
    for other in (Settings(13, 3, 128), Settings(12, 4, 128), Settings(12, 3, 144)):
        with pytest.raises(ValueError, match=r"holds a SynthCC made with .*'seed': 3") as error:
            list(write_data_set(whole, other))
        assert str(whole) in str(error.value) and "choose another folder" in str(error.value)
    for other in (dict(unchanged=0.4), dict(mix="levir-cc"), dict(sensors="sar-optical")):
        with pytest.raises(ValueError, match="made with"):
            list(write_data_set(whole, Settings(12, 3, 128, **other)))
    assert files_of(whole) == files


def test_another_version_is_refused(whole, monkeypatch):
    monkeypatch.setattr(writer, "VERSION", writer.VERSION + 1)
    with pytest.raises(ValueError, match=f"'version': {writer.VERSION - 1}"):
        list(write_data_set(whole, SETTINGS))


def test_a_foreign_folder_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("do not touch")
    with pytest.raises(ValueError, match=r"is not empty and holds no SynthCC: choose another"):
        list(write_data_set(tmp_path, SETTINGS))
    assert list(files_of(tmp_path)) == ["thesis.txt"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (dict(num_pairs=3), "3 pairs do not fill 5 splits: ask for at least 5"),
        (dict(num_pairs=9, size=64), "size=64: choose"),
        (dict(num_pairs=9, size=5000), "size=5000"),
        (dict(num_pairs=9, unchanged=-0.1), "unchanged=-0.1: give a share from 0 to 1"),
        (dict(num_pairs=9, unchanged=float("nan")), "unchanged=nan"),
    ],
)
def test_impossible_settings_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Settings(**values)
