"""``mmrsicc batch``."""

import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import geopandas
from fabricated_scenes import brightness_captioner, changed_pair

from mmrsicc.cli import batch, main, scene


def run(*arguments):
    parser = main._parser("batch", batch)
    batch.run(parser.parse_intermixed_args(list(map(str, arguments))))


@pytest.fixture
def loaded(monkeypatch):
    """How often models are loaded; a trivial one stands for them."""
    calls = []

    def load(*words):
        calls.append(words[:2])
        return scene._Model(brightness_captioner, "trivial")

    monkeypatch.setattr(scene, "_load", load)
    return calls


@pytest.fixture
def table(tmp_path, write_raster):
    """Two scenes, and one without a second date."""
    for i, values in enumerate(changed_pair()):
        write_raster(f"{i}.tif", values)
    path = tmp_path / "scenes.csv"
    path.write_text(
        "name,before,after,date_before,date_after\n"
        "new,0.tif,1.tif,2018-01-31,2019-01-31\nold,1.tif,0.tif,,\nbroken,0.tif,no.tif,,\n"
    )
    return path


def test_scenes_of_a_table_are_done_with_one_model(tmp_path, table, loaded, capsys):
    options = ["--out", tmp_path / "out", "--tile", "64", "--method", "cva"]
    with pytest.raises(SystemExit, match=r"1 of 3 scenes could not .* broken: .*no\.tif"):
        run("m.py", "m.pth", table, *options)
    assert loaded == [("m.py", "m.pth")]
    said = "1 object, {} of them changed"
    assert capsys.readouterr().out.splitlines() == [
        f"new\t{said.format(1)}",
        f"old\t{said.format(0)}",
    ]
    rows = geopandas.read_parquet(tmp_path / "out" / "new" / "changes.parquet")
    assert str(rows["date_after"][0]) == "2019-01-31"


def test_names_may_have_blanks(tmp_path, table, loaded, capsys):
    folder = tmp_path / "Städte 1"
    folder.mkdir()
    for name in ("0.tif", "1.tif"):
        (tmp_path / name).rename(folder / name)
    table.write_text("before,after\nStädte 1/0.tif,Städte 1/1.tif\n", "utf-8")
    run(table, "--out", tmp_path / "out", "--tile", "64", "--method", "cva")
    assert capsys.readouterr().out == "1\t1 object, 1 of them changed\n"


def test_a_shard_does_its_rows(tmp_path, table, loaded, capsys):
    run(table, "--out", tmp_path / "out", "--tile", "64", "--shard", "2/3")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["old"]
    assert loaded == [(None, None)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,/etc/passwd,1.tif", "leads out"),
        ("a,/vsizip/a.zip/b.tif,1.tif", "leads out"),
        ("../a,0.tif,1.tif", "no folder name"),
        ("a,,1.tif", "name both scenes"),
        ("a,0.tif,1.tif,yesterday", "line 2: 'yesterday' is no day"),
        ("a,0.tif,1.tif\na,0.tif,1.tif", "line 3: the name 'a' is used above"),
        ("a,0.tif,1.tif\n./a/,0.tif,1.tif", "line 3: the name './a/' is used above"),
        (".,0.tif,1.tif", "no folder name"),
    ],
)
def test_rows_that_make_no_sense_are_refused(tmp_path, table, loaded, row, message):
    columns = ("name", "before", "after", "date_before")[: row.split()[0].count(",") + 1]
    table.write_text(f"{','.join(columns)}\n{row}\n")
    with pytest.raises(ValueError, match=message):
        run(table, "--out", tmp_path / "out")
    assert not loaded, "before a model is loaded"


def test_an_item_that_is_missing_stops_its_scene_alone(tmp_path, table, loaded, capsys):
    table.write_text("name,before,after\na,0.tif,none.json\nb,0.tif,1.tif\n")
    with pytest.raises(SystemExit, match=r"1 of 2 scenes .* a: .*line 2: .*none\.json"):
        run(table, "--out", tmp_path / "out", "--tile", "64", "--method", "cva")
    assert capsys.readouterr().out.startswith("b\t1 object")


def test_files_that_differ_behind_a_number_sign_have_names_of_their_own(tmp_path, table, loaded):
    for name in ("a#1.tif", "a#2.tif"):
        (tmp_path / name).write_bytes((tmp_path / "1.tif").read_bytes())
    table.write_text("before,after\n0.tif,a#1.tif\n0.tif,a#2.tif\n")
    run(table, "--out", tmp_path / "out", "--tile", "64", "--method", "cva")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a#1", "a#2"}


def test_whatever_goes_wrong_with_a_scene_the_others_are_done(
    tmp_path, table, loaded, capsys, monkeypatch
):
    def caption(before, after, out, dates):
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(batch, "scene_runner", lambda *_: caption)
    with pytest.raises(SystemExit, match=r"3 of 3 scenes .*new: RuntimeError: CUDA out of memory"):
        run(table, "--out", tmp_path / "out")
    with pytest.raises(RuntimeError, match="CUDA out of memory"):
        run(table, "--out", tmp_path / "out", "--debug")


def test_many_bands_of_a_date_may_make_a_long_text(tmp_path, table, loaded, write_raster, capsys):
    values = changed_pair()
    names = [f"{i}_{'x' * 100}.tif" for i in range(3)]
    for date, pixels in zip("ab", values, strict=True):
        for name, band in zip(names, pixels, strict=True):
            write_raster(f"{date}{name}", band[None])
    dates = [" ".join(f"{date}{name}" for name in names) for date in "ab"]
    table.write_text(f"name,before,after\nlong,{','.join(dates)}\n")
    run(table, "--out", tmp_path / "out", "--tile", "64", "--method", "cva")
    assert capsys.readouterr().out == "long\t1 object, 1 of them changed\n"
