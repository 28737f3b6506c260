"""Pairs in WebDataset shards."""

import json
import os
import tarfile
from io import BytesIO

import numpy as np
import pytest
from data.make_levir_layout import make_levir_cc
from PIL import Image
from torch.utils.data import DataLoader

pyarrow = pytest.importorskip("pyarrow", reason="indices need the extra geo")

from pyarrow.parquet import read_table, write_table  # noqa: E402

from mmrsicc.cli.main import main  # noqa: E402
from mmrsicc.datasets import ChangeCaptionDataset, LEVIRCCDataset, LEVIRCCRealDataset  # noqa: E402
from mmrsicc.datasets.caption_file import read_split  # noqa: E402
from mmrsicc.datasets.image_io import read_image, read_values  # noqa: E402
from mmrsicc.datasets.transforms import LoadPair  # noqa: E402
from mmrsicc.datasets.verify import verify_captions, verify_dataset  # noqa: E402
from mmrsicc.datasets.webdataset import read_shard, write_index  # noqa: E402
from mmrsicc.utils.tar_members import open_file  # noqa: E402

CLASSES = {"mask_classes": {128: "road", 255: "building"}}
RECORD = {"split": "train", "sentences": [{"raw": "a road is built"}]}


@pytest.fixture
def folders(tmp_path):
    """A data set with masks; one caption has full stops, as published tokens may."""
    root = make_levir_cc(tmp_path / "folders", (5, 2, 2), masks=True)
    path = root / "LevirCCcaptions.json"
    content = json.loads(path.read_text())
    content["images"][0]["sentences"][0]["tokens"] = ["there", "is", "no", "difference", ".", "."]
    path.write_text(json.dumps(content))
    return root


@pytest.fixture
def shards(folders, tmp_path):
    main(["webdataset", str(folders), "--out", str(tmp_path / "shards"), "--pairs", "2"])
    return tmp_path / "shards"


def dataset(root, **options):
    options = {"mask_dir": "label", "metainfo": CLASSES, "pipeline": [LoadPair()], **options}
    if not (root / "LevirCCcaptions.json").exists():
        options["ann_file"] = "index.parquet"
    return LEVIRCCDataset(data_root=str(root), **options)


def facts(sample):
    """A sample with the bytes of its arrays, without the places of its files."""
    return {
        key: (value.shape, value.dtype, value.tobytes()) if isinstance(value, np.ndarray) else value
        for key, value in sample.items()
        if not key.endswith("_path") and key != "sample_idx"
    }


def png(value=0, size=(4, 4)):
    file = BytesIO()
    Image.new("RGB", size, (value,) * 3).save(file, "PNG")
    return file.getvalue()


def pair(key="0001", **record):
    """Files of a pair."""
    text = json.dumps({**RECORD, **record}).encode()
    return [(f"{key}.before.png", png()), (f"{key}.after.png", png(9)), (f"{key}.json", text)]


def write_tar(folder, files, name="train-000000.tar", mode="w"):
    """A shard of names and bytes, or of ready members."""
    folder.mkdir(exist_ok=True)
    with tarfile.open(folder / name, mode) as tar:
        for info, content in files:
            if isinstance(info, str):
                info = tarfile.TarInfo(info)
                info.size = len(content)
            tar.addfile(info, BytesIO(content))
    return folder / name


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_shards_give_what_the_folders_give_to_the_byte(folders, shards, split):
    one, other = (dataset(root, split=split) for root in (folders, shards))
    assert len(one) == len(other) > 0
    assert [facts(one[i]) for i in range(len(one))] == [facts(other[i]) for i in range(len(one))]
    assert one.sentences() == other.sentences()
    assert read_split(folders / "LevirCCcaptions.json", split)[0].captions == (
        read_split(shards / "index.parquet", split)[0].captions
    )
    assert sorted(path.name for path in shards.iterdir()) == [
        "index.parquet",
        *("test-000000.tar", "train-000000.tar", "train-000001.tar", "train-000002.tar"),
        "val-000000.tar",
    ]


def test_real_pairs_too(real_data, tmp_path, capsys):
    root = real_data / "levir_cc_mini"
    main(["webdataset", str(root), "--out", str(tmp_path / "shards")])
    assert verify_captions(tmp_path / "shards", "index.parquet") == []
    one, other = (dataset(root, mask_dir=None) for root in (root, tmp_path / "shards"))
    assert [facts(one[i]) for i in range(len(one))] == [facts(other[i]) for i in range(len(one))]
    assert f"train {len(one)}" in capsys.readouterr().out


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_workers_read_the_same_in_each_epoch(shards, method):
    data = dataset(shards)
    data[0]  # What the parent has opened must not harm its workers.
    loader = DataLoader(
        data,
        num_workers=2,
        batch_size=None,
        collate_fn=facts,
        persistent_workers=True,
        multiprocessing_context=method,
    )
    expected = [facts(data[i]) for i in range(len(data))]
    for _ in range(2):
        assert list(loader) == expected


def test_webdataset_reads_what_is_written(folders, shards):
    library = pytest.importorskip("webdataset", reason="compared with webdataset where it is there")
    (sample, _) = library.WebDataset(str(shards / "train-000001.tar"), shardshuffle=False)
    image = folders / "images" / "train" / "A" / "train_000002.png"
    assert sample["__key__"] == "00000002"
    assert sample["before.png"] == image.read_bytes()
    assert json.loads(sample["json"])["filename"] == "train_000002.png"


@pytest.mark.parametrize("kind", ["grey.png", "turned.jpg", "deep.tif", "bands.tif", "pages.tif"])
def test_every_kind_of_image_is_read_from_a_shard(tmp_path, kind):
    rng, path = np.random.default_rng(0), tmp_path / kind
    if kind == "grey.png":
        Image.fromarray(rng.integers(0, 2**16, (5, 6), np.uint16)).save(path)
    elif kind == "turned.jpg":
        exif = Image.Exif()
        exif[274] = 6
        Image.fromarray(rng.integers(0, 256, (8, 16, 3), np.uint8)).save(path, exif=exif)
    elif kind == "pages.tif":
        pages = [Image.fromarray(rng.integers(0, 256, (5, 6), np.uint8)) for _ in range(3)]
        pages[0].save(path, save_all=True, append_images=pages[1:])
        pytest.importorskip("rasterio", reason="pages need the extra geo")
    else:
        rasterio = pytest.importorskip("rasterio", reason="such TIFF files need the extra geo")
        values = rng.normal(size=(4, 5, 6)).astype(np.float32)
        values = values if kind == "bands.tif" else rng.integers(0, 2**16, (1, 5, 6), np.uint16)
        with rasterio.open(
            path, "w", "GTiff", 6, 5, len(values), dtype=values.dtype, compress="zstd"
        ) as file:
            file.write(values)
    suffix = path.suffix
    tar = write_tar(
        tmp_path,
        [(f"1.before{suffix}", path.read_bytes()), (f"1.after{suffix}", b""), pair("1")[2]],
    )
    place = str(read_shard(tar)[0].files["before"])
    assert place.startswith(f"{tar}/1.before{suffix}@512+")
    whole, inside = read_values(path, "all"), read_values(place, "all")
    assert np.array_equal(whole.values, inside.values) and whole.values.size > 1
    assert np.array_equal(whole.valid, inside.valid)
    if kind not in ("bands.tif", "pages.tif"):
        assert np.array_equal(read_image(path), read_image(place))


def test_a_run_that_was_stopped_goes_on(folders, shards):
    written = {path: path.read_bytes() for path in shards.iterdir()}
    kept, lost = shards / "train-000000.tar", shards / "train-000001.tar"
    lost.unlink()
    stamp = kept.stat().st_mtime_ns
    main(["webdataset", str(folders), "--out", str(shards), "--pairs", "2"])
    assert {path: path.read_bytes() for path in shards.iterdir()} == written
    assert kept.stat().st_mtime_ns == stamp


def test_images_that_were_corrected_since_are_not_taken_for_those_of_a_shard(folders, shards):
    """Of the same size, as an uncompressed image has."""
    image = folders / "images" / "train" / "A" / "train_000000.png"
    command = ["webdataset", str(folders), "--out", str(shards), "--pairs", "2"]
    later = (shards / "train-000000.tar").stat().st_mtime + 10
    os.utime(image, (later, later))
    main(command)  # Newer, but the same.
    image.write_bytes(image.read_bytes()[:-1] + b"x")
    os.utime(image, (later, later))
    with pytest.raises(SystemExit, match="already, with other pairs or images"):
        main(command)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pairs", "3"], "train-000002.tar is no shard of"),
        (["--pairs", "2"], "train-000000.tar is there already, with other pairs"),
    ],
)
def test_shards_of_other_data_are_not_mixed_in(folders, shards, arguments, message):
    text = (folders / "LevirCCcaptions.json").read_text()
    (folders / "LevirCCcaptions.json").write_text(text.replace('"no", "change"', '"none"'))
    with pytest.raises(SystemExit, match=message):
        main(["webdataset", str(folders), "--out", str(shards), *arguments])


def test_shards_without_their_index_named_get_a_hint(shards, capsys):
    with pytest.raises(SystemExit):
        main(["verify", str(shards)])
    assert "give their index.parquet as the caption file" in capsys.readouterr().out


def test_a_file_in_place_of_the_folder_of_shards_is_refused(folders, tmp_path, capsys):
    (tmp_path / "shards").touch()
    with pytest.raises(SystemExit):
        main(["webdataset", str(folders), "--out", str(tmp_path / "shards")])
    assert "shards is a file: name a folder" in capsys.readouterr().err


def test_a_config_names_the_data_set_too(folders, shards, tmp_path, capsys):
    config = tmp_path / "config.py"
    config.write_text(
        f"train_dataloader = dict(dataset=dict(type='LEVIRMCIDataset', data_root={str(folders)!r}))"
    )
    main(["webdataset", str(config), "--out", str(tmp_path / "more"), "--pairs", "2"])
    assert "has 9 pairs (test 2, train 5, val 2)" in capsys.readouterr().out
    for path in shards.iterdir():
        assert (tmp_path / "more" / path.name).read_bytes() == path.read_bytes()
    with pytest.raises(SystemExit, match="say by --out"):
        main(["webdataset", str(config)])


def link(kind):
    info = tarfile.TarInfo("0001.before.png")
    info.type, info.linkname = kind, "/etc/passwd"
    return info


HOSTILE = {
    "no after": (pair()[:1] + pair()[2:], "key 0001 has no after"),
    "no record": (pair()[:2], "key 0001 has no json"),
    "two of a kind": ([*pair(), ("0001.before.jpg", b"")], "key 0001 has two files of before"),
    "key twice": ([*pair(), *pair("2"), *pair()], "key 0001 comes twice"),
    "pair twice": (
        [*pair("1", filename="a.png"), *pair("2", filename="a.tif")],
        "has two keys of pair train a",
    ),
    "absolute": ([("/etc/0001.before.png", b"")], "'/etc/0001.before.png' leads out"),
    "outside": ([("../0001.before.png", b"")], "leads out of the shard"),
    "symbolic link": ([(link(tarfile.SYMTYPE), b"")], "'0001.before.png' is a link"),
    "hard link": ([(link(tarfile.LNKTYPE), b"")], "'0001.before.png' is a link"),
    "device": ([(link(tarfile.CHRTYPE), b"")], "is a link or no plain file"),
    "no JSON": ([*pair()[:2], ("0001.json", b"{")], "0001.json: not valid JSON"),
    "no object": ([*pair()[:2], ("0001.json", b"[]")], "0001.json: expected an object"),
    "no text": ([*pair()[:2], ("0001.json", b"\xff")], "0001.json is not UTF-8"),
    "too nested": ([*pair()[:2], ("0001.json", b"[" * 10**5)], "0001.json: JSON nested too deep"),
    "long record": ([*pair()[:2], ("0001.json", b" " * 2**21)], "it is no record of captions"),
    "sentences no list": (pair(sentences="a road"), '0001.json.*"sentences" must be a list'),
    "sentence a number": (pair(sentences=[{"raw": 3}]), "0001.json.*3 is no sentence"),
    "sentence a string": (pair(sentences=["a road"]), '0001.json.*neither "tokens" nor "raw"'),
    "no split": (pair(split=None), '0001.json.*"split" is None'),
    "key with a dot": (
        [*pair(), *pair("scene.v1")],
        "scene.v1.before.png belongs to no pair: .* without a dot",
    ),
    "other kinds": ([("0001.img1.png", png())], "0001.img1.png belongs to no pair"),
    "file name outside": (pair(filename="../a.png"), "0001.json.*below the folder"),
}


@pytest.mark.parametrize(("files", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_wrong_shard_is_refused_by_shard_and_key(tmp_path, files, message):
    write_tar(tmp_path / "shards", files)
    with pytest.raises(ValueError, match=rf"train-000000\.tar.*{message}"):
        write_index(tmp_path / "shards")
    assert [path.name for path in (tmp_path / "shards").iterdir()] == ["train-000000.tar"]


def header(raw, change):
    """A tar file whose second header is changed, with a right checksum."""
    info = tarfile.TarInfo.frombuf(raw[1024:1536], "utf-8", "strict")
    change(info)
    return raw[:1024] + info.tobuf(tarfile.GNU_FORMAT) + raw[1536:]


DAMAGED = {
    "in a file": (lambda raw: raw[:540], "0001.before.png.*declares"),
    "in a header": (lambda raw: raw[:1300], "damaged"),
    "between files": (lambda raw: raw[:1024], "damaged or cut short at byte 1024"),
    "a header": (lambda raw: raw[:1024] + b"x" * 512 + raw[1536:], "damaged or cut short at byte"),
    "huge": (
        lambda raw: header(raw, lambda i: setattr(i, "size", 2**40)),
        "0001.after.png.*declar",
    ),
    "negative": (
        lambda raw: header(raw, lambda i: setattr(i, "size", -512)),
        "after.*declar|damag",
    ),
    "empty": (lambda raw: b"", "no plain tar file"),
    "compressed": (lambda raw: __import__("gzip").compress(raw), "no plain tar file"),
    "no tar": (lambda raw: b"hello" * 500, "no plain tar file"),
}


@pytest.mark.parametrize(("change", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_shard_is_refused(tmp_path, change, message):
    shard = write_tar(tmp_path, [pair()[0], *pair()[1:]])
    assert len(read_shard(shard)) == 1
    shard.write_bytes(change(shard.read_bytes()))
    with pytest.raises(ValueError, match=rf"train-000000\.tar.*({message})"):
        read_shard(shard)


def test_other_files_and_folders_are_left_alone(tmp_path):
    folder = tarfile.TarInfo("some")
    folder.type = tarfile.DIRTYPE
    spare = [("some/0001.cls", b"3"), ("some/0001.pyd", b"never read"), ("README.md", b"hello")]
    hidden = [("some/._0001.before.png", b"of macOS")]
    nested = [(f"some/{name}", content) for name, content in pair()]
    shard = write_tar(tmp_path, [(folder, b""), *nested, *spare, *hidden])
    (found,) = read_shard(shard)
    assert (found.record.pair_id, set(found.files)) == ("0001", {"before", "after"})


def test_a_pair_in_two_shards_is_refused(tmp_path):
    for number in range(2):
        write_tar(tmp_path, pair(filename="a.png"), f"train-{number}.tar")
    with pytest.raises(ValueError, match=r"train-0\.tar and .*train-1\.tar both have pair train a"):
        write_index(tmp_path)
    with pytest.raises(FileNotFoundError, match="no shard"):
        write_index(tmp_path / "none")


def test_a_data_set_looks_at_its_shards_before_it_starts(shards):
    shard = shards / "train-000001.tar"
    content = shard.read_bytes()
    shard.write_bytes(content[:-512])
    with pytest.raises(ValueError, match=r"train-000001\.tar has .* when it was indexed"):
        dataset(shards)
    assert len(dataset(shards, split="val")) == 2
    shard.unlink()
    with pytest.raises(FileNotFoundError, match=r"no shard .*train-000001\.tar"):
        dataset(shards)
    shard.write_bytes(content)
    with pytest.raises(ValueError, match="pairs without before_semantic"):
        dataset(shards, semantic_dirs=("a", "b"))


@pytest.mark.parametrize(
    "change",
    [{"shard": "../a.tar"}, {"before": "../../a.png"}, {"before": "/etc/passwd"}, {"before": "a"}],
)
def test_an_index_leads_nowhere_else(shards, change):
    table = read_table(shards / "index.parquet")
    rows = [{**row, **change} for row in table.to_pylist()]
    write_table(pyarrow.Table.from_pylist(rows, table.schema), shards / "index.parquet")
    with pytest.raises(ValueError, match=r"does not know the shard|no place in a shard"):
        dataset(shards)[0]


def test_a_shard_that_shrinks_while_it_is_read(shards):
    data = dataset(shards)
    (shards / "train-000000.tar").write_bytes(b"")
    with pytest.raises(ValueError, match=r"00000000\.before\.png@512\+.* is cut short"):
        data[0]
    with pytest.raises(FileNotFoundError):
        open_file(f"{shards}/none.tar/1.before.png@0+1")


def test_verify_finds_every_fault(shards):
    layout = dataset(shards, lazy_init=True)
    assert verify_dataset(layout) == []
    write_tar(shards, pair("9", filename="more.png"), "more.tar")
    other = shards / "train-000001.tar"
    write_tar(shards, pair("9", filename="more.png"), other.name)
    (shards / "train-000002.tar").write_bytes(b"")
    (shards / "val-000000.tar").unlink()
    assert sorted(
        (fault.kind, fault.message.split(": ")[0]) for fault in verify_dataset(layout)
    ) == [
        ("damaged shard", f"{shards}/train-000002.tar is no plain tar file (empty file)"),
        ("missing shard", f"no shard {shards}/val-000000.tar, which {layout.ann_file} names"),
        ("shard against index", f"{other} has other pairs than {layout.ann_file} says"),
        ("shard without index", f"{shards}/more.tar is not in {layout.ann_file}"),
    ]


def test_a_picture_that_is_none_is_named_by_shard_and_key(tmp_path):
    files = [("0001.before.png", b"hello"), *pair()[1:]]
    shard = write_tar(tmp_path, [*files, *pair("0002", sentences=[{"raw": "no change"}])])
    write_index(tmp_path)
    (fault,) = verify_captions(tmp_path, "index.parquet")
    assert fault.kind == "unreadable image"
    assert f"{shard}/0001.before.png@512+5 is no image" in fault.message
    with pytest.raises(ValueError, match=r"train-000000\.tar/0001\.before\.png.* is no image"):
        ChangeCaptionDataset("index.parquet", str(tmp_path), pipeline=[LoadPair()])[0]


def test_verify_reads_the_masks_of_shards(folders, tmp_path):
    mask = next((folders / "images" / "train" / "label").iterdir())
    Image.fromarray(np.array([[0, 77], [130, 255]], np.uint8).repeat(8, 0).repeat(8, 1)).save(mask)
    (fault,) = verify_captions(folders)
    main(["webdataset", str(folders), "--out", str(tmp_path / "shards")])
    (same,) = verify_captions(tmp_path / "shards", "index.parquet")
    assert fault.kind == same.kind == "unclear mask"
    assert "label" in fault.message and ".mask.png" in same.message


def test_splits_stay_what_they_are(tmp_path):
    records = [pair("1"), pair("2", split="test_extra"), pair("3", split="training")]
    write_tar(tmp_path, [file for files in records for file in files])
    assert write_index(tmp_path) == {"train": 2, "test_extra": 1}
    options = {"data_root": str(tmp_path), "ann_file": "index.parquet"}
    data = LEVIRCCRealDataset(**options)
    assert [data.get_data_info(i)["pair_id"] for i in range(len(data))] == ["1", "3"]
    with pytest.raises(ValueError, match="nothing is trained on"):
        LEVIRCCRealDataset(**options, split="test_extra")


@pytest.mark.parametrize("kind", ["manifest", "text"])
def test_a_file_that_is_no_index_of_shards_is_not_replaced(shards, kind):
    other = shards / "index.parquet"
    if kind == "manifest":
        write_table(pyarrow.table({"filename": ["a.png"]}), other)
    else:
        other.write_text("mine")
    before = other.read_bytes()
    with pytest.raises(ValueError, match="is no index of shards: move it"):
        write_index(shards)
    assert other.read_bytes() == before
    other.unlink()
    first = write_index(shards)
    assert write_index(shards) == first  # Its own index is replaced.
