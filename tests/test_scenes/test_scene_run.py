"""Whole scenes: what is written, interrupted runs, several processes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer

import numpy as np
import pytest
from fabricated_scenes import brightness_captioner, changed_pair

pytest.importorskip("rasterio", reason="scenes need the extra geo")

import pyogrio
import rasterio
import shapely
from rasterio.transform import Affine
from rasterio.warp import transform

from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.scenes import SceneSettings, TileResult, caption_scene
from mmrsicc.scenes.journal import Journal, read_results
from mmrsicc.scenes.scene import _wait_for_all
from mmrsicc.scenes.tiles import cut
from mmrsicc.structures import IGNORED

SETTINGS = SceneSettings(tile=64, overlap=16)
WORKER = Path(__file__).with_name("scene_worker.py")


def worker(before: str, after: str, out: Path, *rest: str, **environment: str) -> subprocess.Popen:
    command = [sys.executable, str(WORKER), before, after, str(out), *rest]
    return subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )


def journal_of(out: Path) -> Path:
    (journal,) = (out / "journal").iterdir()
    return journal


def layers(out: Path) -> list:
    """Rows of the GeoPackage: polygon and fields."""
    _, _, polygons, fields = pyogrio.raw.read(out / "changes.gpkg")
    shapes = [shapely.from_wkb(polygon).normalize().wkt for polygon in polygons]
    return [shapes, *(list(map(str, values)) for values in fields)]


@pytest.fixture
def done(tmp_path, changed_scenes):
    """A finished run: its folder and outcome."""
    outcome = caption_scene(
        brightness_captioner,
        *([path] for path in changed_scenes),
        tmp_path / "done",
        SETTINGS,
        "brightness",
        dates=("2018-01-31", None),
    )
    return tmp_path / "done", outcome


def test_the_square_is_found_where_it_is(done):
    out, outcome = done
    assert outcome.tiles == {"identical": 4, "captioned": 20}
    meta, _, polygons, fields = pyogrio.raw.read(out / "changes.gpkg")
    assert meta["crs"] == "EPSG:32631"
    rows = [dict(zip(meta["fields"], values, strict=True)) for values in zip(*fields, strict=True)]
    changed = [shapely.from_wkb(p) for p, row in zip(polygons, rows, strict=True) if row["changed"]]
    # The square: columns 200 to 260 and rows 40 to 100, of 10 m from 450,000 E and 5,400,000 N.
    square = shapely.box(452_000, 5_399_000, 452_600, 5_399_600)
    assert shapely.union_all(changed).covers(square)
    assert all(polygon.intersects(square) for polygon in changed)
    assert sum(row["tiles"] for row in rows) == 20
    assert {str(row["date_before"]) for row in rows} == {"2018-01-31"}
    assert {str(row["date_after"]) for row in rows} == {"NaT"}
    for row in rows:
        assert json.loads(row["n_best"]) == [[row["caption"], -1.0], ["something else", -2.0]]


def test_geojson_follows_rfc_7946(done):
    out, _ = done
    collection = json.loads((out / "changes.geojson").read_text())
    _, _, polygons, _ = pyogrio.raw.read(out / "changes.gpkg")
    assert "crs" not in collection
    assert len(collection["features"]) == len(polygons)
    for feature, polygon in zip(collection["features"], polygons, strict=True):
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.exterior.is_ccw
        xs, ys = shapely.from_wkb(polygon).exterior.coords.xy
        expected = shapely.Polygon(zip(*transform("EPSG:32631", "EPSG:4326", xs, ys), strict=True))
        assert shape.hausdorff_distance(expected) < 2e-7
        assert feature["properties"]["date_before"] == "2018-01-31"
        assert feature["properties"]["date_after"] is None


def test_the_mask_lies_on_the_first_date(done, changed_scenes):
    out, _ = done
    before, after = changed_pair()
    with rasterio.open(out / "mask.tif") as mask, rasterio.open(changed_scenes[0]) as first:
        assert (mask.crs, mask.transform, mask.shape) == (first.crs, first.transform, first.shape)
        assert mask.profile["tiled"]
        assert mask.profile["compress"] == "deflate"
        # The captioner's masks do not hang on the tile, so the whole must be that of the scene.
        expected = (after.astype(int) - before > 10).any(axis=0)
        assert np.array_equal(mask.read(1), expected.astype(np.uint8))


def test_no_data_is_skipped_and_stays_no_data_in_the_mask(tmp_path, write_raster):
    before, after = changed_pair()
    before[:, :, 128:] = 0
    before_name = write_raster("a.tif", before, nodata=0)
    out = tmp_path / "out"
    outcome = caption_scene(
        brightness_captioner, [before_name], [write_raster("b.tif", after + 20)], out, SETTINGS
    )
    assert outcome.tiles["no data"] > 0
    with rasterio.open(out / "mask.tif") as mask:
        assert np.array_equal(mask.read_masks(1) > 0, before.any(axis=0))
        written = mask.read(1)
    # What is written can be learned from: the file says itself that 255 is not counted.
    assert set(np.unique(written)) == {1, IGNORED}
    assert np.array_equal(read_mask(out / "mask.tif"), written)


def test_overlapping_masks_are_weighted_by_the_distance_to_their_edges(tmp_path, write_raster):
    """Of two tiles, one sees change everywhere, the other nowhere: the border is in the middle."""
    from types import SimpleNamespace

    values = np.zeros((1, 64, 112), np.uint8)
    names = [[write_raster(f"{i}.tif", values + i)] for i in range(2)]

    def captioner(pairs):
        return [
            SimpleNamespace(
                caption="x",
                score=0.0,
                n_best=[("x", 0.0)],
                change_probability=None,
                mask=np.full((64, 64), number, np.uint8),
                error=None,
            )
            for number, _ in enumerate(pairs)
        ]

    caption_scene(captioner, *names, tmp_path / "out", SETTINGS)
    with rasterio.open(tmp_path / "out" / "mask.tif") as mask:
        assert (mask.read(1) == (np.arange(112) >= 56)).all()


def test_neither_batches_nor_a_second_call_change_anything(tmp_path, changed_scenes, done):
    calls = []

    def counting(pairs):
        calls.append(len(pairs))
        return brightness_captioner(pairs)

    names = [[path] for path in changed_scenes]
    out = tmp_path / "batches"
    for _ in range(2):
        caption_scene(counting, *names, out, SETTINGS, "b", ("2018-01-31", None), batch_size=6)
    assert calls == [6, 6, 6, 2]
    assert layers(out) == layers(done[0])
    outcome = caption_scene(counting, *names, out, SceneSettings(tile=100), "b")
    assert sum(calls) > 20, "other settings must not take over results"
    assert outcome.tiles_per_second is not None


def test_a_captioner_that_fails_is_told_with_its_tile(tmp_path, changed_scenes):
    def failing(pairs):
        answers = brightness_captioner(pairs)
        answers[-1].error, answers[-1].caption = "out of words", None
        return answers

    with pytest.raises(ValueError, match=r"column 144, row 0 got no caption: out of words"):
        caption_scene(
            failing, *([path] for path in changed_scenes), tmp_path, SETTINGS, batch_size=3
        )


def test_images_without_coordinates_get_a_map_in_pixels(tmp_path, write_raster):
    before, after = changed_pair()
    bare = {"crs": None, "transform": Affine.identity()}
    names = [[write_raster(f"{i}.tif", v, **bare)] for i, v in enumerate((before, after))]
    outcome = caption_scene(brightness_captioner, *names, tmp_path / "out", SETTINGS)
    assert "changes.geojson" not in [path.name for path in outcome.files]
    _, _, polygons, _ = pyogrio.raw.read(tmp_path / "out" / "changes.gpkg")
    assert shapely.total_bounds(shapely.from_wkb(polygons)).tolist() == [48, -200, 300, 0]


def maskless_captioner(pairs):
    answers = brightness_captioner(pairs)
    for answer in answers:
        answer.mask = None
    return answers


def test_maps_of_an_earlier_run_do_not_stay_beside_those_of_this_one(tmp_path, done, write_raster):
    out, _ = done
    bare = {"crs": None, "transform": Affine.identity()}
    names = [[write_raster(f"{i}.tif", v, **bare)] for i, v in enumerate(changed_pair())]
    assert (out / "mask.tif").exists()
    assert (out / "changes.geojson").exists()
    outcome = caption_scene(maskless_captioner, *names, out, SETTINGS, "maskless")
    assert {path.name for path in outcome.files} == {
        path.name for path in out.iterdir() if path.is_file()
    }
    assert not (out / "mask.tif").exists()
    assert not (out / "changes.geojson").exists()


@pytest.mark.filterwarnings("error::UserWarning")
def test_images_without_coordinates_draw_no_warnings(tmp_path, write_raster):
    from PIL import Image

    names = []
    for i, values in enumerate(changed_pair()):
        names.append([str(tmp_path / f"{i}.png")])
        Image.fromarray(values.transpose(1, 2, 0)).save(names[-1][0])
    outcome = caption_scene(brightness_captioner, *names, tmp_path / "out", SETTINGS)
    assert "mask.tif" in [path.name for path in outcome.files]


@pytest.mark.parametrize("west", [178.0, 190.0, -192.0])
def test_geojson_stays_within_180_degrees(tmp_path, write_raster, west):
    """Tiles of 1 degree and less from ``west`` on, in longitudes that go on beyond 180."""
    before, after = changed_pair()
    place = {"crs": "EPSG:4326", "transform": Affine(0.02, 0, west, 0, -0.02, 10)}
    names = [[write_raster(f"{i}.tif", v, **place)] for i, v in enumerate((before, after))]
    caption_scene(brightness_captioner, *names, tmp_path / "out", SETTINGS)
    features = json.loads((tmp_path / "out" / "changes.geojson").read_text())["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    _, _, polygons, _ = pyogrio.raw.read(tmp_path / "out" / "changes.gpkg")
    for shape, polygon in zip(shapes, shapely.from_wkb(polygons), strict=True):
        assert shape.bounds[0] >= -180
        assert shape.bounds[2] <= 180
        assert shape.area == pytest.approx(polygon.area, abs=1e-5)
        inside = polygon.representative_point()
        assert shape.covers(shapely.Point((inside.x + 180) % 360 - 180, inside.y))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rank": 2, "world_size": 2}, "rank 2 of 2"),
        ({"rank": -1}, "rank -1 of 1"),
        ({"batch_size": 0}, "batches of 0"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_before_anything_is_read(tmp_path, wrong, message):
    with pytest.raises(ValueError, match=message):
        caption_scene(brightness_captioner, ["no.tif"], ["no.tif"], tmp_path, SETTINGS, **wrong)


def test_another_scene_of_equal_name_size_and_time_shares_no_results(tmp_path, write_raster):
    before, after = changed_pair()
    names = [[write_raster(f"{i}.tif", values)] for i, values in enumerate((before, after))]
    time = Path(names[1][0]).stat().st_mtime_ns
    first = caption_scene(brightness_captioner, *names, tmp_path / "out", SETTINGS, "m")
    write_raster("1.tif", before + 30)
    os.utime(names[1][0], ns=(time, time))
    second = caption_scene(brightness_captioner, *names, tmp_path / "out", SETTINGS, "m")
    assert {region.best.caption for region in second.regions} == {"brighter by 30"}
    assert {region.best.caption for region in first.regions} != {"brighter by 30"}
    assert len(list((tmp_path / "out" / "journal").iterdir())) == 2


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(tmp_path, changed_scenes):
    out = tmp_path / "killed"
    killed = worker(*changed_scenes, out, "4")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    kept = read_results(journal_of(out))
    assert sum(result.skipped is None for result in kept.values()) == 6, "three batches of two"
    assert not (out / "report.html").exists()
    resumed = worker(*changed_scenes, out)
    calls, _ = resumed.communicate()
    assert resumed.returncode == 0
    assert int(calls) == 7, "20 tiles less 6, in batches of two"
    caption_scene(brightness_captioner, *([p] for p in changed_scenes), tmp_path / "a", SETTINGS)
    assert layers(out) == layers(tmp_path / "a")


@pytest.mark.slow
def test_two_processes_give_what_one_gives(tmp_path, changed_scenes):
    out = tmp_path / "two"
    both = [worker(*changed_scenes, out, RANK=str(rank), WORLD_SIZE="2") for rank in (0, 1)]
    calls = [int(process.communicate()[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert min(calls) > 1, "both had work"
    assert sorted(path.name for path in journal_of(out).glob("*.jsonl")) == ["0.jsonl", "1.jsonl"]
    caption_scene(brightness_captioner, *([p] for p in changed_scenes), tmp_path / "a", SETTINGS)
    assert layers(out) == layers(tmp_path / "a")
    with rasterio.open(out / "mask.tif") as two, rasterio.open(tmp_path / "a/mask.tif") as one:
        assert np.array_equal(two.read(1), one.read(1))


def test_the_first_process_says_whom_it_waits_for(tmp_path, capfd):
    tiles = cut(100, 100, 50, 0)
    with Journal(tmp_path / "0.jsonl") as journal:
        journal.append([TileResult(0, "no data"), TileResult(2, "no data")])

    def finish():
        with Journal(tmp_path / "1.jsonl") as journal:
            journal.append([TileResult(1, "no data"), TileResult(3, "no data")])

    timer = Timer(0.2, finish)
    timer.start()
    assert len(_wait_for_all(tmp_path, tiles, 2)) == 4
    timer.join()
    assert capfd.readouterr().err == "rank 0 waits for 2 tiles of rank 1\n"
