"""Whole scenes: what is written, interrupted runs, shards."""

import json
import os
import signal
import sqlite3
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from fabricated_scenes import brightness_captioner, changed_pair

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import geopandas
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine
from rasterio.warp import transform

from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.scenes import OwnMasks, SceneSettings, caption_scene, merge_scene
from mmrsicc.structures import IGNORED

SETTINGS = SceneSettings(tile=64, overlap=16)
OWN = OwnMasks(brightness_captioner)
BLOCKS = SceneSettings(tile=64, overlap=16, block=70)
#: The square of :func:`changed_pair`: columns 200 to 260 and rows 40 to 100, of 10 m from 450,000 E
#: and 5,400,000 N.
SQUARE = shapely.box(452_000, 5_399_000, 452_600, 5_399_600)


def in_a_process(work, *arguments) -> int:
    """The exit code of a process that does some work; -9 if it was killed."""
    process = get_context("fork").Process(target=work, args=arguments)
    process.start()
    process.join()
    return process.exitcode


def same_file(name: str, one: Path, other: Path) -> bool:
    return (one / name).read_bytes() == (other / name).read_bytes()


def table(out: Path) -> geopandas.GeoDataFrame:
    return geopandas.read_parquet(out / "changes.parquet")


def run(names, out, settings=SETTINGS, captioner=brightness_captioner, masker=OWN, **options):
    names = [[name] if isinstance(name, str) else name for name in names]
    return caption_scene(captioner, *names, out, settings, "brightness", masker, **options)


def said(caption, mask=None):
    return SimpleNamespace(
        caption=caption,
        score=0.0,
        n_best=[(caption, 0.0)],
        change_probability=None,
        mask=mask,
        error=None,
    )


@pytest.fixture
def done(tmp_path, changed_scenes):
    """A finished run: its folder and outcome."""
    outcome = run(changed_scenes, tmp_path / "done", dates=("2018-01-31", None), geojson=True)
    return tmp_path / "done", outcome


def test_the_square_is_found_as_it_is(done):
    out, outcome = done
    assert outcome.tiles == {"identical": 4, "looked at": 20}
    (row,) = table(out).to_dict("records")
    assert table(out).crs == "EPSG:32631"
    assert row["geometry"].equals(SQUARE)
    # By hand: UTM 31 shows lengths 0.9996 times as long on its middle meridian.
    assert row["area_m2"] == pytest.approx(600 * 600 / 0.9996**2, rel=1e-4)
    assert (row["area_pixels"], row["gsd"], row["model"]) == (3600, 10, "brightness")
    # Its window of 64 pixels shows it with 4 pixels around: 100 * 60 * 60 / (64 * 64).
    assert row["caption"] == "brighter by 90"
    assert json.loads(row["n_best"]) == [["brighter by 90", -1.0], ["something else", -2.0]]
    assert (row["changed"], row["disagrees"], row["found_by"]) == (True, False, "mask")
    assert (str(row["date_before"]), row["date_after"]) == ("2018-01-31", None)


def test_the_geopackage_says_what_the_geoparquet_says(done):
    out, _ = done
    one, other = table(out), geopandas.read_file(out / "changes.gpkg", layer="changes")
    assert [*one.columns] == [*other.columns]
    assert one.geometry.equals(other.geometry)
    for name in ("caption", "score", "area_m2", "changed", "n_best"):
        assert one[name].tolist() == other[name].tolist()


def test_geojson_follows_rfc_7946(done):
    out, _ = done
    collection = json.loads((out / "changes.geojson").read_text())
    assert "crs" not in collection
    (feature,) = collection["features"]
    (shape,) = shapely.geometry.shape(feature["geometry"]).geoms
    assert shape.exterior.is_ccw
    xs, ys = SQUARE.exterior.coords.xy
    expected = shapely.Polygon(zip(*transform("EPSG:32631", "EPSG:4326", xs, ys), strict=True))
    assert shape.hausdorff_distance(expected) < 2e-7
    assert feature["properties"]["date_before"] == "2018-01-31"
    assert feature["properties"]["date_after"] is None


def test_the_mask_is_a_cog_on_the_first_date(done, changed_scenes):
    out, _ = done
    before, after = changed_pair()
    with rasterio.open(out / "mask.tif") as mask, rasterio.open(changed_scenes[0]) as first:
        assert (mask.crs, mask.transform, mask.shape) == (first.crs, first.transform, first.shape)
        assert mask.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        # The captioner's masks do not hang on the tile, so the whole must be that of the scene.
        expected = (after.astype(int) - before > 10).any(axis=0)
        assert np.array_equal(mask.read(1), expected.astype(np.uint8))


def test_style_and_stac_item_tell_of_the_files(done):
    out, outcome = done
    style = ElementTree.parse(out / "changes.qml").getroot()
    renderer = style.find("renderer-v2")
    assert renderer.get("attr") in table(out).columns
    symbols = {symbol.get("name") for symbol in renderer.iter("symbol")}
    assert {category.get("symbol") for category in renderer.iter("category")} == symbols
    palette = ElementTree.parse(out / "mask.qml").getroot().iter("paletteEntry")
    seen = {entry.get("value"): int(entry.get("alpha")) for entry in palette}
    assert seen["0"] == 0 < seen["1"], "the image shows through what has not changed"
    item = json.loads((out / "item.json").read_text())
    assert {out / name for name in item["assets"]} == {*outcome.files} - {out / "item.json"}
    assert all((out / asset["href"]).is_file() for asset in item["assets"].values())
    assert shapely.box(*item["bbox"]).equals(shapely.geometry.shape(item["geometry"]))
    west, south = (v[0] for v in transform("EPSG:32631", "EPSG:4326", [450_000], [5_398_000]))
    assert item["bbox"][:2] == pytest.approx([west, south], abs=1e-3)


def test_the_geopackage_is_one_that_older_readers_take_without_a_warning(done):
    with closing(sqlite3.connect(done[0] / "changes.gpkg")) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (10200,)


def test_without_masks_each_tile_gets_a_sentence(tmp_path, changed_scenes):
    outcome = run(changed_scenes, tmp_path, masker=None)
    rows = table(tmp_path)
    assert len(rows) == 20 and set(rows["found_by"]) == {"tile"}
    changed = rows[rows["changed"]]
    assert shapely.union_all(changed.geometry).covers(SQUARE)
    assert changed.geometry.intersects(SQUARE).all()
    assert not rows["disagrees"].any()
    assert "mask.tif" not in [path.name for path in outcome.files]
    assert len(run(changed_scenes, tmp_path, masker=None, drop_no_change=True).objects) == 7


class FixedMasks:
    """Marks what is bright in the second date."""

    name = "bright"

    def fit(self, pair):
        self.fitted = pair.grid.width

    def __call__(self, tiles):
        return [(tile.after > 150).all(axis=2).astype(float) for tile in tiles]


def test_mask_and_sentence_may_disagree(tmp_path, write_raster):
    """Left the mask alone sees a change, right the sentence alone."""
    before = np.full((3, 64, 128), 50, np.uint8)
    after = before.copy()
    after[:, 10:20, 10:20] = 200
    after[:, 10:20, 90:100] = 100

    def captioner(pairs):
        words = {200: "the scene is the same as before", 100: "a road is built"}
        return [said(words[int(second.max())]) for _, second in pairs]

    names = [write_raster(f"{i}.tif", v) for i, v in enumerate((before, after))]
    settings = SceneSettings(tile=64, overlap=0, empty_tiles=True)
    masker = FixedMasks()
    outcome = run(names, tmp_path / "out", settings, captioner, masker)
    assert masker.fitted == 128
    left, right = table(tmp_path / "out").to_dict("records")
    assert (left["found_by"], left["changed"], left["disagrees"]) == ("mask", False, True)
    assert (left["classes"], left["direction"]) == (None, None)
    assert (right["found_by"], right["changed"], right["disagrees"]) == ("sentence", True, True)
    assert (right["classes"], right["direction"]) == ("road", "appeared")
    assert right["geometry"].bounds == (450_640, 5_399_360, 451_280, 5_400_000)
    assert outcome.disagreeing == 2


@pytest.mark.parametrize(
    ("caption", "classes", "direction"),
    [
        ("two houses are built beside the road .", ["house", "road"], "appeared"),
        ("the trees have been removed", ["vegetation"], "disappeared"),
        ("trees are removed and a villa is built", ["vegetation", "villa"], "replaced"),
        ("a building replaces the bare land", ["building", "bareland"], "replaced"),
        ("there is no difference", [], None),
    ],
)
def test_classes_and_direction_come_from_the_sentence(caption, classes, direction):
    from mmrsicc.scenes import ChangeObject

    found = ChangeObject(shapely.box(0, 0, 1, 1), "mask", caption)
    assert (found.classes, found.direction) == (classes, direction)


def test_a_highlighted_object_is_seen_alone(tmp_path, write_raster):
    before = np.zeros((3, 64, 64), np.uint8)
    after = before.copy()
    after[:, 5:15, 5:15] = 200
    after[:, 40:60, 40:60] = 200
    seen = []

    def captioner(pairs):
        seen.extend((second > 0).all(axis=2).sum() for _, second in pairs)
        return [said("x") for _ in pairs]

    names = [write_raster(f"{i}.tif", v) for i, v in enumerate((before, after))]
    for highlight in (False, True):
        settings = SceneSettings(tile=64, highlight=highlight)
        run(names, tmp_path / str(highlight), settings, captioner, FixedMasks())
    assert seen == [500, 500, 100, 400]


def test_the_least_area_may_be_in_square_metres(tmp_path, changed_scenes, write_raster):
    for area, objects in ((300_000, 1), (400_000, 0)):
        settings = SceneSettings(tile=64, min_area=area)
        assert len(run(changed_scenes, tmp_path / str(area), settings).objects) == objects
    bare = {"crs": None, "transform": Affine.identity()}
    names = [write_raster(f"{i}.tif", v, **bare) for i, v in enumerate(changed_pair())]
    with pytest.raises(ValueError, match="--min-pixels"):
        run(names, tmp_path / "bare", SceneSettings(tile=64, min_area=1))


def test_no_data_is_skipped_and_stays_no_data_in_the_mask(tmp_path, write_raster):
    before, after = changed_pair()
    before[:, :, 128:] = 0
    names = [write_raster("a.tif", before, nodata=0), write_raster("b.tif", after + 20)]
    out = tmp_path / "out"
    outcome = run(names, out)
    assert outcome.tiles["no data"] > 0
    with rasterio.open(out / "mask.tif") as mask:
        assert np.array_equal(mask.read_masks(1) > 0, before.any(axis=0))
        written = mask.read(1)
    # What is written can be learned from: the file says itself that 255 is not counted.
    assert set(np.unique(written)) == {1, IGNORED}
    assert np.array_equal(read_mask(out / "mask.tif"), written)


def test_overlapping_masks_are_weighted_by_the_distance_to_their_edges(tmp_path, write_raster):
    """Of two tiles, one sees change everywhere, the other nowhere: the border is in the middle."""
    values = np.zeros((1, 64, 112), np.uint8)
    names = [write_raster(f"{i}.tif", values + i) for i in range(2)]

    def captioner(pairs):
        return [said("x", np.full((64, 64), i % 2, np.uint8)) for i, _ in enumerate(pairs)]

    run(names, tmp_path / "out", captioner=captioner, masker=OwnMasks(captioner))
    with rasterio.open(tmp_path / "out" / "mask.tif") as mask:
        assert (mask.read(1) == (np.arange(112) >= 56)).all()


def test_neither_batches_nor_a_second_call_change_anything(tmp_path, changed_scenes):
    calls = []

    def counting(pairs):
        calls.append(len(pairs))
        return brightness_captioner(pairs)

    out = tmp_path / "batches"
    for _ in range(2):
        run(changed_scenes, out, captioner=counting, masker=None, batch_size=6)
    assert calls == [6, 6, 6, 2]
    run(changed_scenes, tmp_path / "one", masker=None)
    assert (out / "changes.parquet").read_bytes() == (
        tmp_path / "one" / "changes.parquet"
    ).read_bytes()
    outcome = run(changed_scenes, out, SceneSettings(tile=100), counting, None)
    assert sum(calls) > 20, "other settings must not take over results"
    assert outcome.tiles_per_second is not None


def test_a_captioner_that_fails_is_told_with_its_place(tmp_path, changed_scenes):
    def failing(pairs):
        answers = brightness_captioner(pairs)
        answers[-1].error, answers[-1].caption = "out of words", None
        return answers

    with pytest.raises(ValueError, match=r"column 144, row 0 got no caption: out of words"):
        run(changed_scenes, tmp_path, captioner=failing, masker=None, batch_size=3)


def test_a_captioner_without_masks_cannot_give_any(tmp_path, changed_scenes):
    masker = OwnMasks(lambda pairs: [said("x") for _ in pairs])
    with pytest.raises(ValueError, match="name a detector"):
        run(changed_scenes, tmp_path, masker=masker)


def test_images_without_coordinates_get_a_map_in_pixels(tmp_path, write_raster):
    bare = {"crs": None, "transform": Affine.identity()}
    names = [write_raster(f"{i}.tif", v, **bare) for i, v in enumerate(changed_pair())]
    outcome = run(names, tmp_path / "out", geojson=True)
    written = {path.name for path in outcome.files}
    assert not written & {"changes.geojson", "item.json"}
    (row,) = table(tmp_path / "out").to_dict("records")
    assert row["geometry"].bounds == (200, -100, 260, -40)
    assert (row["area_m2"], row["area_pixels"]) == (None, 3600)


def test_maps_of_an_earlier_run_do_not_stay_beside_those_of_this_one(tmp_path, done, write_raster):
    out, _ = done
    bare = {"crs": None, "transform": Affine.identity()}
    names = [write_raster(f"{i}.tif", v, **bare) for i, v in enumerate(changed_pair())]
    old = {"mask.tif", "changes.geojson", "item.json"}
    assert old <= {path.name for path in out.iterdir()}
    outcome = run(names, out, masker=None)
    assert {path.name for path in outcome.files} == {
        path.name for path in out.iterdir() if path.is_file() and path.name != "run.json"
    }


@pytest.mark.filterwarnings("error::UserWarning")
def test_images_without_coordinates_draw_no_warnings(tmp_path, write_raster):
    from PIL import Image

    names = []
    for i, values in enumerate(changed_pair()):
        names.append(str(tmp_path / f"{i}.png"))
        Image.fromarray(values.transpose(1, 2, 0)).save(names[-1])
    outcome = run(names, tmp_path / "out")
    assert "mask.tif" in [path.name for path in outcome.files]
    # Coordinates of any kind, even 0 to the image's size, turn its rows upwards in QGIS.
    with pytest.warns(NotGeoreferencedWarning):
        rasterio.open(tmp_path / "out" / "mask.tif").close()


@pytest.mark.parametrize("west", [178.0, 190.0, -192.0])
def test_geojson_stays_within_180_degrees(tmp_path, write_raster, west):
    """Tiles of 1 degree and less from ``west`` on, in longitudes that go on beyond 180."""
    place = {"crs": "EPSG:4326", "transform": Affine(0.02, 0, west, 0, -0.02, 10)}
    names = [write_raster(f"{i}.tif", v, **place) for i, v in enumerate(changed_pair())]
    run(names, tmp_path / "out", masker=None, geojson=True)
    features = json.loads((tmp_path / "out" / "changes.geojson").read_text())["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    for shape, polygon in zip(shapes, table(tmp_path / "out").geometry, strict=True):
        assert shape.bounds[0] >= -180
        assert shape.bounds[2] <= 180
        assert shape.area == pytest.approx(polygon.area, abs=1e-5)
        inside = polygon.representative_point()
        assert shape.covers(shapely.Point((inside.x + 180) % 360 - 180, inside.y))


@pytest.mark.parametrize(
    ("west", "box", "parts"),
    [(178.0, (178, -176), 2), (190.0, (-170, -164), 1), (-192.0, (168, 174), 1)],
)
def test_a_stac_item_stays_within_180_degrees(tmp_path, write_raster, west, box, parts):
    place = {"crs": "EPSG:4326", "transform": Affine(0.02, 0, west, 0, -0.02, 10)}
    names = [write_raster(f"{i}.tif", v, **place) for i, v in enumerate(changed_pair())]
    run(names, tmp_path / "out", masker=None)
    item = json.loads((tmp_path / "out" / "item.json").read_text())
    # 300 x 200 pixels of 0.02 degrees.
    assert item["bbox"] == [box[0], 6, box[1], 10]
    area = shapely.geometry.shape(item["geometry"])
    assert area.area == pytest.approx(6 * 4)
    assert len(shapely.get_parts(area)) == parts
    assert -180 <= area.bounds[0] < area.bounds[2] <= 180


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shard": (3, 2)}, "shard 3 of 2"),
        ({"shard": (0, 2)}, "shard 0 of 2"),
        ({"batch_size": 0}, "batches of 0"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_before_anything_is_read(tmp_path, wrong, message):
    with pytest.raises(ValueError, match=message):
        run(["no.tif", "no.tif"], tmp_path, **wrong)


def test_another_scene_of_equal_name_size_and_time_shares_no_results(tmp_path, write_raster):
    before, after = changed_pair()
    names = [write_raster(f"{i}.tif", values) for i, values in enumerate((before, after))]
    time = Path(names[1]).stat().st_mtime_ns
    first = run(names, tmp_path / "out")
    write_raster("1.tif", before + 30)
    os.utime(names[1], ns=(time, time))
    second = run(names, tmp_path / "out")
    assert {found.caption for found in second.objects} == {"brighter by 30"}
    assert {found.caption for found in first.objects} != {"brighter by 30"}
    assert len(list((tmp_path / "out" / "parts").iterdir())) == 2


@pytest.mark.slow
@pytest.mark.posix
def test_a_killed_run_loses_at_most_one_block(tmp_path, changed_scenes):
    calls = []

    def captioner(pairs, kill_at=None):
        calls.append(len(pairs))
        if len(calls) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)  # as an exhausted machine would
        return brightness_captioner(pairs)

    def work(out, kill_at=None):
        answer = partial(captioner, kill_at=kill_at)
        run(changed_scenes, out, BLOCKS, answer, OwnMasks(answer), batch_size=2)

    out = tmp_path / "killed"
    assert in_a_process(work, out, 20) == -signal.SIGKILL
    (folder,) = (out / "parts").iterdir()
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}
    assert 0 < len(kept) < 15
    assert not (out / "report.html").exists()
    with pytest.raises(FileNotFoundError, match=f"{15 - len(kept)} of 15 parts are missing"):
        merge_scene(out)
    work(out)
    resumed = len(calls)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept, "done once"
    work(tmp_path / "whole")
    whole = len(calls) - resumed
    # Of the 19 calls that the killed run finished, those of one block, at most 6, may be lost.
    assert whole - 19 <= resumed <= whole - 19 + 6
    assert same_file("changes.parquet", out, tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.posix
def test_four_shards_give_what_one_process_gives(tmp_path, changed_scenes):
    out = tmp_path / "shards"

    def work(share):
        assert run(changed_scenes, out, BLOCKS, batch_size=2, shard=share) is None

    for i in (3, 1, 4, 2):
        assert in_a_process(work, (i, 4)) == 0
    assert not (out / "changes.parquet").exists()
    merged = merge_scene(out)
    one = run(changed_scenes, tmp_path / "one", BLOCKS, batch_size=2)
    assert merged.objects == one.objects and len(one.objects) == 1
    assert all(
        same_file(name, out, tmp_path / "one")
        for name in ("changes.parquet", "mask.tif", "changes.qml")
    )


def test_blocks_do_not_change_the_objects(tmp_path, changed_scenes, done):
    _, whole = done
    small = run(changed_scenes, tmp_path / "small", SceneSettings(tile=64, overlap=16, block=33))
    assert [found.shape for found in small.objects] == [found.shape for found in whole.objects]
    with (
        rasterio.open(tmp_path / "small/mask.tif") as one,
        rasterio.open(done[0] / "mask.tif") as two,
    ):
        assert np.array_equal(one.read(1), two.read(1))


def test_a_folder_without_a_run_cannot_be_merged(tmp_path):
    with pytest.raises(FileNotFoundError, match="run mmrsicc scene"):
        merge_scene(tmp_path)
    (tmp_path / "run.json").write_text('{"digest": "x"}')
    with pytest.raises(ValueError, match=r"run\.json is not as mmrsicc scene writes it"):
        merge_scene(tmp_path)


@pytest.mark.parametrize("name", ["tiles/mine.tif", "item.json", "mask.tif", "run.json"])
def test_files_of_others_are_neither_removed_nor_overwritten(tmp_path, changed_scenes, name):
    mine = tmp_path / "out" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("{}")
    with pytest.raises(ValueError, match=r"is there, is not of an earlier run.*another --out"):
        run(changed_scenes, tmp_path / "out")
    assert mine.read_text() == "{}"
    assert [path for path in mine.parent.iterdir() if path.is_file()] == [mine]


def test_a_speck_of_mask_does_not_hide_what_the_sentence_says(tmp_path, write_raster):
    before = np.full((3, 64, 128), 50, np.uint8)
    after = before.copy()
    after[:, 10:20, 10:20] = after[:, 30, 90] = 200

    def captioner(pairs):
        return [said("a road is built") for _ in pairs]

    names = [write_raster(f"{i}.tif", v) for i, v in enumerate((before, after))]
    settings = SceneSettings(tile=64, overlap=0, empty_tiles=True)
    outcome = run(names, tmp_path / "out", settings, captioner, FixedMasks())
    assert list(table(tmp_path / "out")["found_by"]) == ["mask", "sentence"]
    assert max(cost.changes for cost in outcome.prefilter) == 1


@pytest.mark.parametrize("block", [2048, 64])
@pytest.mark.parametrize("column", [0, 62, 127])
def test_a_speck_at_an_edge_is_no_object_either(tmp_path, write_raster, column, block):
    """At that of the scene, of a tile or of a block; elsewhere an object reaches into two tiles."""
    before = np.full((3, 64, 192), 50, np.uint8)
    after = before + 1
    after[:, 30:32, column : column + 2] = after[:, 10:20, 126:140] = 200
    names = [write_raster(f"{i}.tif", v) for i, v in enumerate((before, after))]
    settings = SceneSettings(tile=64, overlap=0, empty_tiles=True, block=block)

    def captioner(pairs):
        return [said("a road is built") for _ in pairs]

    outcome = run(names, tmp_path / "out", settings, captioner, FixedMasks())
    found = [(o.found_by, o.shape.bounds) for o in outcome.objects]
    assert found == [("mask", (126, 10, 140, 20)), ("sentence", (0, 0, 64, 64))]
    assert max(cost.changes for cost in outcome.prefilter) == 2


def test_two_runs_into_one_folder_do_not_mix(tmp_path, changed_scenes):
    out, again = tmp_path / "out", []

    def interrupted(done, total):
        if done == total and not again:
            again.append(True)
            run(changed_scenes, out, SceneSettings(tile=64, overlap=16, min_pixels=10**6))

    with pytest.raises(ValueError, match="another run with other files or settings wrote into"):
        run(changed_scenes, out, progress=interrupted)


def test_parts_of_other_scenes_are_not_merged(tmp_path, write_raster):
    names = [write_raster(f"{i}.tif", values) for i, values in enumerate(changed_pair())]
    out = tmp_path / "out"
    run(names, out, shard=(1, 1))
    os.utime(names[1])
    merge_scene(out)
    write_raster("1.tif", changed_pair()[0])
    with pytest.raises(ValueError, match=r"not those that the parts in .* were made from"):
        merge_scene(out)
