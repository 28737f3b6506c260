"""STAC items as scenes."""

import json

import numpy as np
import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import geopandas
import rasterio
import rasterio.shutil
from fabricated_scenes import brightness_captioner, changed_pair
from loopback import serving
from rasterio.windows import Window

from mmrsicc.cli import batch, main, scene
from mmrsicc.scenes import SceneSettings
from mmrsicc.scenes.pair import ScenePair
from mmrsicc.scenes.stac_input import find_date, read_item

COG = "image/tiff; application=geotiff; profile=cloud-optimized"


def write_item(path, assets, **properties):
    path.parent.mkdir(parents=True, exist_ok=True)
    item = {"type": "Feature", "stac_version": "1.0.0", "id": "x", "properties": properties}
    path.write_text(json.dumps({**item, "assets": assets}))
    return str(path)


def run(command, *arguments):
    parser = main._parser("scene", command)
    command.run(parser.parse_intermixed_args(list(map(str, arguments))))


@pytest.fixture
def items(tmp_path, write_raster, monkeypatch):
    """An item per date, in folders of their own beside the images."""
    monkeypatch.setattr(scene, "_load", lambda *_: scene._Model(brightness_captioner, "trivial"))
    names = []
    for i, values in enumerate(changed_pair()):
        write_raster(f"{i}.tif", values)
        assets = {"image": {"href": f"../{i}.tif", "type": COG}}
        day = f"201{i}-03-04T10:56:21.024Z"
        names.append(write_item(tmp_path / f"item{i}" / "item.json", assets, datetime=day))
    return names


@pytest.mark.parametrize("suffix", ["", "#image"])
def test_a_scene_of_items_is_that_of_their_files_with_their_days(tmp_path, items, suffix):
    options = ["--tile", "64", "--method", "cva"]
    run(scene, *(name + suffix for name in items), "--out", tmp_path / "a", *options)
    run(scene, tmp_path / "0.tif", tmp_path / "1.tif", "--out", tmp_path / "b", *options)
    one, other = (geopandas.read_parquet(tmp_path / name / "changes.parquet") for name in "ab")
    days = [str(one[name][0]) for name in ("date_before", "date_after")]
    assert days == ["2010-03-04", "2011-03-04"]
    assert one.drop(columns=["date_before", "date_after"]).equals(
        other.drop(columns=["date_before", "date_after"])
    )


def test_a_table_names_items_whose_assets_must_lie_below_its_root(tmp_path, items, capsys):
    table = tmp_path / "t.csv"
    table.write_text("name,before,after\na,item0/item.json,item1/item.json#image\n")
    run(batch, table, "--out", tmp_path / "out", "--tile", "64", "--method", "cva")
    assert capsys.readouterr().out == "a\t1 object, 1 of them changed\n"
    rows = geopandas.read_parquet(tmp_path / "out" / "a" / "changes.parquet")
    assert str(rows["date_after"][0]) == "2011-03-04"
    inner = tmp_path / "item0"
    (inner / "t.csv").write_text("before,after\nitem.json,item.json\n")
    with pytest.raises(ValueError, match=r"line 2: .*0\.tif' leads out"):
        run(batch, inner / "t.csv", "--out", tmp_path / "out")
    table.write_text("before,after\nitem0/item.json#red,item1/item.json\n")
    with pytest.raises(SystemExit, match=r"line 2: .* no asset 'red'"):
        run(batch, table, "--out", tmp_path / "out")


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("./a.tif", "{}/a.tif"),
        ("../b/a.tif", "{}/../b/a.tif"),
        ("/x/a.tif", "/x/a.tif"),
        ("file:///x/%C3%A4%20b.tif", "/x/ä b.tif"),
        ("https://a.org/a.tif?x=1", "/vsicurl/https://a.org/a.tif?x=1"),
        ("s3://bucket/a.tif", "/vsis3/bucket/a.tif"),
        ("/vsizip/x.zip/a.tif", "/vsizip/x.zip/a.tif"),
    ],
)
def test_what_an_asset_leads_to(tmp_path, href, expected):
    name = write_item(tmp_path / "i.json", {"a": {"href": href, "type": COG}})
    file, day = read_item(name)
    folder = tmp_path.parent if ".." in expected else tmp_path
    assert file == expected.replace("{}/..", "{}").format(folder)
    assert day is None


@pytest.mark.parametrize("href", ["ä b%.tif", "%C3%A4%20b%25.tif"])
def test_a_path_may_be_written_as_it_is_or_as_an_address(tmp_path, write_raster, href):
    image = write_raster("ä b%.tif", np.ones((3, 8, 8), np.uint8))
    name = write_item(tmp_path / "i.json", {"a": {"href": href, "type": COG}})
    assert read_item(name)[0] == str(image)


@pytest.mark.parametrize("href", ["ftp://a.org/a.tif", "WMS:http://a.org/?LAYERS=a"])
def test_addresses_of_other_kinds_are_refused(tmp_path, href):
    name = write_item(tmp_path / "i.json", {"a": {"href": href, "type": COG}})
    with pytest.raises(ValueError, match=r"i\.json: the chosen asset lies at .*#ASSET"):
        read_item(name)


def test_the_name_of_a_driver_is_a_files(tmp_path, monkeypatch):
    """A path at the item, even in this folder, is no connection string for GDAL."""
    write_item(tmp_path / "i.json", {"a": {"href": "HDF5:a.h5", "type": COG}})
    monkeypatch.chdir(tmp_path)
    assert read_item("i.json")[0] == str(tmp_path / "HDF5:a.h5")


def test_an_item_from_a_server_names_no_file_of_this_disk(tmp_path, write_raster):
    image = write_raster("a.tif", np.ones((3, 8, 8), np.uint8))
    item = tmp_path / "i.json"
    write_item(item, {"visual": {"href": f"file://{image}"}})
    with serving() as server:
        server.files = {"/i.json": item.read_bytes()}
        with pytest.raises(ValueError, match=r"lies at file://.* give the image itself"):
            read_item(f"{server.address}/i.json")


@pytest.mark.parametrize("odd", [5, "visual", [1, None]])
def test_odd_roles_and_properties_are_as_none(tmp_path, odd):
    item = {"type": "Feature", "properties": odd, "assets": {}}
    item["assets"]["a"] = {"href": "a.tif", "type": COG, "roles": odd}
    path = tmp_path / "i.json"
    path.write_text(json.dumps(item))
    assert read_item(str(path)) == (str(tmp_path / "a.tif"), None)


def test_the_asset_that_is_meant(tmp_path):
    image, preview = {"href": "a.tif", "type": COG}, {"href": "p.png", "type": "image/png"}
    seen = {"href": "v.tif", "type": COG, "roles": ["visual"]}
    path = tmp_path / "i.json"
    name = write_item(
        path, {"B04": image, "tci": seen, "thumb": {**preview, "roles": ["overview"]}}
    )
    assert read_item(name)[0].endswith("v.tif")
    assert read_item(f"{name}#B04")[0].endswith("a.tif")
    write_item(path, {"B04": image, "thumb": {**preview, "roles": ["thumbnail"]}})
    assert read_item(name)[0].endswith("a.tif")
    write_item(path, {"B04": image, "B03": image})
    with pytest.raises(ValueError, match=r"2 assets that may be meant: .*#ASSET, of B04, B03"):
        read_item(name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"type": "FeatureCollection", "features": []}, "no STAC item but 'FeatureCollection'"),
        ([], "no STAC item but 'list'"),
        ({"type": "Feature", "assets": {"a": {"type": COG}}}, "has no href"),
        ({"type": "Feature", "assets": {}}, "of none"),
    ],
)
def test_what_is_no_item_is_refused(tmp_path, content, message):
    path = tmp_path / "i.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=message):
        read_item(str(path))
    with pytest.raises(FileNotFoundError, match="no STAC item at"):
        read_item(str(tmp_path / "no.json"))


def test_a_cog_behind_an_address_is_read_in_parts(tmp_path, write_raster):
    """An item and its COG from a server: a window and the overview cost a small part of it."""
    values = np.random.default_rng(0).integers(0, 32, (3, 2048, 2048), dtype=np.uint8)
    plain = write_raster("plain.tif", values)
    cog = tmp_path / "cog.tif"
    rasterio.shutil.copy(plain, cog, driver="COG", compress="deflate", blocksize=256)
    item = tmp_path / "i.json"
    write_item(item, {"visual": {"href": "cog.tif"}}, datetime="2020-01-02")
    with serving() as server:
        server.files = {f"/{p.name}": p.read_bytes() for p in (item, cog)}
        (name,), day = find_date([f"{server.address}/i.json"])
        assert (name, day) == (f"/vsicurl/{server.address}/cog.tif", "2020-01-02")
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
            ScenePair([name], [name], SceneSettings()) as pair,
        ):
            pixels = pair.read(Window(700, 900, 256, 256))
            small = pair.overview
    assert np.array_equal(pixels.before, values[:, 900:1156, 700:956].transpose(1, 2, 0))
    assert max(small.before.shape) <= 1200
    assert sum(server.sent) < cog.stat().st_size / 3


def test_swapped_dates_are_told(tmp_path, items, capsys):
    options = ["--tile", "64", "--method", "cva", "--out", tmp_path / "out"]
    run(scene, *reversed(items), *options)
    told = "of 2011-03-04, the second of 2010-03-04: BEFORE and AFTER are swapped"
    assert told in capsys.readouterr().out
    assert told in (tmp_path / "out" / "report.html").read_text()
    run(scene, *items, *options)
    assert "are swapped" not in capsys.readouterr().out
