"""Captions of pairs in shares."""

import os
import shutil
from argparse import ArgumentParser
from contextlib import nullcontext

import pytest

pytest.importorskip("pyarrow", reason="parts need the extra geo")

import pyarrow.parquet

from mmrsicc.apis import ChangeCaptionInferencer
from mmrsicc.apis.caption_parts import MERGED, has_part, merge_parts, part_path, write_part
from mmrsicc.cli import caption
from mmrsicc.cli.main import main

FACTS = {"checkpoint": "1f", "pairs": 5}


def record(number, **other):
    said = f"a house {number}"
    return {
        "id": f"pair{number}",
        "before": "a.png",
        "after": None,
        "caption": said,
        "error": None,
        "score": -0.123456,
        "change_probability": None,
        "n_best": [[said, -0.123456]],
        **other,
    }


def write(folder, shares, facts=FACTS):
    for i in range(shares):
        share = [(number, record(number)) for number in range(5)][i::shares]
        write_part(part_path(folder, i + 1, shares), facts, share)


def test_any_number_of_shares_gives_the_same_table(tmp_path):
    tables = []
    for shares in (1, 4, 7):
        write(tmp_path / str(shares), shares)
        tables.append(merge_parts(tmp_path / str(shares)).read_bytes())
    assert tables[0] == tables[1] == tables[2]
    rows = pyarrow.parquet.read_table(tmp_path / "7" / MERGED).to_pylist()
    assert [row["id"] for row in rows] == [f"pair{i}" for i in range(5)]
    assert (rows[0]["score"], rows[0]["n_best"]) == (-0.1235, '[["a house 0", -0.1235]]')


def test_a_share_that_fails_leaves_no_file(tmp_path):
    def records():
        yield 0, record(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_part(part_path(tmp_path, 1, 2), FACTS, records())
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_belong_together_is_not_merged(tmp_path):
    with pytest.raises(FileNotFoundError, match="no parts"):
        merge_parts(tmp_path)
    write(tmp_path, 3)
    second = part_path(tmp_path, 2, 3)
    whole = second.read_bytes()
    second.unlink()
    with pytest.raises(
        FileNotFoundError, match=r"1 of 3 parts are missing .*00002-of-00003\.parquet\)"
    ):
        merge_parts(tmp_path)
    second.write_bytes(whole[:-20])
    with pytest.raises(ValueError, match=r"00002-of-00003\.parquet is damaged"):
        merge_parts(tmp_path)
    write_part(second, {"checkpoint": "other"}, [(1, record(1))])
    with pytest.raises(ValueError, match="is of another run"):
        merge_parts(tmp_path)
    write(tmp_path, 2)
    with pytest.raises(ValueError, match="another number of shares"):
        merge_parts(tmp_path)


def test_a_share_is_done_with_a_sentence_for_each_pair_and_the_same_facts(tmp_path):
    image, path = tmp_path / "a.png", part_path(tmp_path / "parts", 1, 1)
    image.write_bytes(b"")
    pairs = {f"pair{i}": (image, image) for i in range(5)}
    assert not has_part(path, FACTS, pairs)
    write(path.parent, 1)
    assert has_part(path, FACTS, pairs)
    with pytest.raises(ValueError, match="was written by another model, with other settings"):
        has_part(path, {**FACTS, "checkpoint": "2e"}, pairs)
    with pytest.raises(ValueError, match="or for other pairs: remove it"):
        has_part(path, FACTS, {**dict(list(pairs.items())[1:]), "another": (image, image)})
    broken = [(0, record(0)), (1, record(1, caption=None, error="b.png is broken"))]
    write_part(path, FACTS, broken)
    assert not has_part(path, FACTS, dict(list(pairs.items())[:2]))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match="is damaged: remove it"):
        has_part(path, FACTS, pairs)


def test_a_share_is_not_done_once_an_image_is_newer(tmp_path):
    image, path = tmp_path / "a.png", part_path(tmp_path / "parts", 1, 1)
    image.write_bytes(b"")
    write(path.parent, 1)
    later = path.stat().st_mtime + 10
    os.utime(image, (later, later))
    pairs = {f"pair{i}": (image, image) for i in range(5)}
    assert not has_part(path, FACTS, pairs)
    image.unlink()
    assert has_part(path, FACTS, pairs), "an image that is out of reach is not newer"


def test_the_command_captions_shares(tmp_path, checkpoint, folders, capsys):
    parser = ArgumentParser()
    caption.add_arguments(parser)
    table = tmp_path / "pairs.csv"
    (before, after), root = (sorted(f.iterdir())[0] for f in folders), tmp_path
    before, after = (str(path.relative_to(root)) for path in (before, after))
    table.write_text(f"before,after\n{before},{after}\n{after},{before}\n{before},no.png\n")

    def run(shards):
        for i in range(shards):
            words = [checkpoint, "--csv", table, "--out", tmp_path / str(shards), "--device", "cpu"]
            words += ["--root", root, "--shard", f"{i + 1}/{shards}"]
            args = parser.parse_intermixed_args(list(map(str, words)))
            broken = pytest.raises(SystemExit, match=r"1 of [23] pairs could not .*no\.png")
            with broken if i == 0 else nullcontext():
                caption.run(args)
        main(["merge", str(tmp_path / str(shards))])
        return (tmp_path / str(shards) / MERGED).read_bytes()

    assert run(1) == run(2)
    assert "1 of its pairs have no sentence" in capsys.readouterr().out
    rows = pyarrow.parquet.read_table(tmp_path / "2" / MERGED).to_pylist()
    assert [row["error"] is None for row in rows] == [True, True, False]
    assert rows[0]["caption"] and rows[0]["before"].endswith(before)
    with pytest.raises(SystemExit, match="--page-tiles are of mmrsicc scene"):
        main(["merge", str(tmp_path / "2"), "--geojson"])


def test_shares_of_other_images_of_equal_names_do_not_meet(tmp_path, checkpoint, folders):
    """Tiles of several sites are often called alike."""
    parser = ArgumentParser()
    caption.add_arguments(parser)
    out = tmp_path / "parts"
    sites = (folders, [shutil.copytree(f, tmp_path / "site 2" / f.name) for f in folders])

    def run(site, number):
        words = [checkpoint, *sites[site], "--out", out, "--device", "cpu"]
        words += ["--shard", f"{number}/2"]
        caption.run(parser.parse_intermixed_args(list(map(str, words))))

    run(0, 1)
    run(0, 1)
    with pytest.raises(ValueError, match="or for other pairs: remove it"):
        run(1, 1)
    run(1, 2)
    with pytest.raises(ValueError, match="is of another run than"):
        merge_parts(out)


def test_a_name_that_fits_into_no_table_is_refused_before_a_pair_is_captioned(
    tmp_path, checkpoint, folders, monkeypatch
):
    for folder in folders:
        (folder / "a.png").rename(folder / "caf\udce9.png")
    monkeypatch.setattr(ChangeCaptionInferencer, "stream", None)
    words = ["caption", checkpoint, *folders, "--out", tmp_path / "out", "--shard", "1/2"]
    with pytest.raises(SystemExit, match=r"'caf\\udce9' is no name in UTF-8"):
        main(list(map(str, words)))
