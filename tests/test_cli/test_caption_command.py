"""``mmrsicc caption``: images in, sentences out, and nothing else."""

import contextlib
import json
import os
import pty
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from test_apis.conftest import MODEL_CONFIG

from mmrsicc.apis import ChangeCaptionInferencer
from mmrsicc.cli.main import main


@pytest.fixture
def captions(checkpoint, folders):
    """What the inferencer says of each pair."""
    results = ChangeCaptionInferencer(checkpoint, device="cpu")(folders, n_best=2)
    return {result.after.rsplit("/", 1)[1]: result.n_best for result in results}


def test_one_pair_is_one_sentence(checkpoint, folders, capsys):
    main(["caption", str(checkpoint), f"{folders[0]}/b.png", f"{folders[1]}/b.png"])
    (result,) = ChangeCaptionInferencer(checkpoint)((folders[0] / "b.png", folders[1] / "b.png"))
    assert capsys.readouterr().out == f"{result.caption}\n"


def test_folders_options_and_config_in_any_order(checkpoint, folders, captions, tmp_path, capsys):
    config, out = tmp_path / "config.py", tmp_path / "out" / "captions.jsonl"
    config.write_text(MODEL_CONFIG)
    words = [config, "--n-best", 2, checkpoint, folders[0], "--out", out, folders[1]]
    main(["caption", *map(str, words), "--batch-size", "2"])
    expected = [f"{name}\t{s}" for name, n_best in captions.items() for s, _ in n_best]
    assert capsys.readouterr().out.splitlines() == expected
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [record["id"] for record in records] == list("abcde")
    for record, n_best in zip(records, captions.values(), strict=True):
        assert record["caption"] == n_best[0][0] and 0 <= record["change_probability"] <= 1
        assert record["n_best"] == [[s, pytest.approx(score, abs=1e-4)] for s, score in n_best]
        assert record["error"] is None


def test_a_name_with_a_line_feed_stays_one_line(checkpoint, folders, capsys):
    for folder in folders:
        (folder / "a.png").rename(folder / "a\n\t\udcff.png")
    main(["caption", str(checkpoint), *map(str, folders)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("\t")[0] for line in lines][:2] == ["a\\n\\t\\udcff.png", "b.png"]


def test_a_table_and_a_broken_pair(checkpoint, folders, captions, tmp_path, capsys):
    table, out = tmp_path / "pairs.csv", tmp_path / "captions.jsonl"
    table.write_text(
        "after,before\nafter/c.png,before/c.png\nafter/e.png,before/gone.png\n"
        "after/d.png,before/d.png\n"
    )
    with pytest.raises(SystemExit, match=r"^1 of 3 pairs .*no image at .*gone\.png"):
        main(["caption", str(checkpoint), "--csv", str(table), "--n-best", "2", "--out", str(out)])
    expected = [f"{folders[1]}/{n}.png\t{s}" for n in "cd" for s, _ in captions[f"{n}.png"]]
    assert capsys.readouterr().out.splitlines() == expected
    broken = json.loads(out.read_text().splitlines()[1])
    assert broken["caption"] is None and "gone.png" in broken["error"]


def test_a_picture_is_as_large_as_the_images_demand(checkpoint, folders, tmp_path):
    pair = [f"{folder}/b.png" for folder in folders]
    main(["caption", str(checkpoint), *pair, "--picture", str(tmp_path / "pair.png")])
    with Image.open(tmp_path / "pair.png") as picture:
        # Both dates and the mask that the change detector predicted, each 380 pixels wide.
        assert picture.size[0] == 3 * 380 + 2 * 12 + 2 * 24


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{weights}"], r"give \[MODEL \[CHECKPOINT\]\] BEFORE AFTER, not"),
        (["{weights}", "{a}"], "BEFORE AFTER, not"),
        (["{weights}", "{weights}", "{a}", "{b}", "{a}"], "BEFORE AFTER, not"),
        (["{weights}", "{a}", "{b}", "--csv", "x.csv"], r"\[CHECKPOINT\]\] --csv FILE, not"),
        (["{weights}", "--csv", "x.csv"], "there is no table x.csv"),
        (["{a}", "{a}", "{b}"], "before is no model"),
        (["{a}", "{weights}"], "noise.pth names a model"),
        (["dfm_levircc", "{b}"], "dfm_levircc names a model"),
        (["no.pth", "{a}", "{b}"], "no checkpoint at no.pth"),
        (["dfm_levircc", "{a}", "{b}"], "dfm_levircc needs weights"),
        (["dfm_leviric", "{weights}", "{a}", "{b}"], "did you mean dfm_levircc"),
        (["{weights}", "{a}", "{b}", "--picture", "x.png"], "draws one pair, not 5"),
        (["{weights}", "{a}", "{b}", "--beam-size", "65"], "--beam-size 65 is too many"),
        (["{weights}", "{a}", "{b}", "--n-best", "65"], "--n-best 65 is too many"),
        (["{weights}", "{a}", "{b}", "--out", "{a}"], "is a folder: name a file in it"),
        (["{weights}", "{a}", "{b}", "--device", "foo"], "cannot use device 'foo'"),
        (["{weights}", "{a}", "{b}", "--device", "cuda:99"], "cannot use device 'cuda:99'"),
    ],
)
def test_arguments_that_make_no_sense(checkpoint, folders, arguments, message, capsys):
    places = {"weights": checkpoint, "a": folders[0], "b": folders[1]}
    with pytest.raises(SystemExit, match=message):
        main(["caption", *(argument.format(**places) for argument in arguments)])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("option", ["--n-best", "--beam-size", "--batch-size"])
def test_none_of_what_is_counted_is_refused_at_once(option, capsys):
    with pytest.raises(SystemExit):
        main(["caption", "before.png", "after.png", option, "0"])
    assert f"argument {option}: 0: give 1 or more" in capsys.readouterr().err


def test_a_file_in_place_of_the_folder_of_masks_is_refused_at_once(tmp_path, capsys):
    (tmp_path / "masks").touch()
    with pytest.raises(SystemExit):
        main(["caption", "before.png", "after.png", "--masks", str(tmp_path / "masks")])
    assert "masks is a file: name a folder" in capsys.readouterr().err


def test_a_config_that_is_no_python_is_named(checkpoint, folders, tmp_path):
    config = tmp_path / "faulty.py"
    config.write_text("x = 1\nmodel = dict(\n")
    with pytest.raises(SystemExit, match=r"faulty\.py is not valid Python .*line 2"):
        main(["caption", str(config), str(checkpoint), *map(str, folders)])


def test_a_bar_on_the_terminal_leaves_the_sentences_to_the_pipe(checkpoint, folders, captions):
    """And MMEngine logs nothing of the environment's variable that the config names."""
    config = checkpoint.with_suffix(".py")
    config.write_text("x = '{{$MMRSICC_DATA:none}}'\n" + MODEL_CONFIG)
    reader, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mmrsicc.cli.main", "caption", config, checkpoint, *folders],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "MMRSICC_DATA": "/data", "TERM": "xterm", "CUDA_VISIBLE_DEVICES": ""},
        text=True,
    )
    os.close(terminal)
    shown = b"".join(read_terminal(reader)).decode()
    printed, _ = process.communicate()
    assert process.returncode == 0
    assert [line.split("\t")[0] for line in printed.splitlines()] == list(captions)
    assert "captioning" in shown and "Using env variable" not in shown


def read_terminal(reader):
    """What is written to a terminal until nobody has it open any more."""
    with contextlib.suppress(OSError):  # Linux's way of saying so
        while block := os.read(reader, 4096):
            yield block
    os.close(reader)


def test_range_and_bands_are_those_of_scenes(checkpoint, tmp_path, capsys):
    rasterio = pytest.importorskip("rasterio", reason="needs the extra geo")
    values = np.random.default_rng(0).integers(100, 3000, (4, 64, 64)).astype(np.uint16)
    for name in ("a.tif", "b.tif"):
        size = {"width": 64, "height": 64, "count": 4, "dtype": "uint16"}
        with rasterio.open(
            tmp_path / name, "w", driver="GTiff", photometric="minisblack", **size
        ) as file:
            file.write(values)
    dates = [str(tmp_path / name) for name in ("a.tif", "b.tif")]
    out = str(tmp_path / "out.jsonl")
    options = ["--bands", "3", "2", "1", "--range", "0", "3000"]
    main(["caption", str(checkpoint), *dates, "--out", out, *options])
    record = json.loads((tmp_path / "out.jsonl").read_text())
    said = record["radiometry"]
    assert (said["source"], said["low"], said["high"]) == ("fixed range", [0] * 3, [3000] * 3)
    with pytest.raises(SystemExit, match="written with another model"):
        main(["caption", str(checkpoint), *dates, "--out", out, *options[:4], "--range", "0", "1"])
