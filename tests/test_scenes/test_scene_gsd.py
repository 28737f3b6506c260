"""Ground that a pixel covers, and what a model was trained on."""

import numpy as np
import pytest
from fabricated_scenes import brightness_captioner, texture

pytest.importorskip("geopandas", reason="scenes need the extra geo")

from rasterio.crs import CRS
from rasterio.transform import Affine

from mmrsicc.scenes import SceneSettings, caption_scene
from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.gsd import ground_sampling_distance, gsd_remark
from mmrsicc.utils.training_gsd import TrainingGsd


@pytest.mark.parametrize(
    ("code", "transform", "metres"),
    [
        (32631, Affine(10, 0, 450_000, 0, -10, 5_400_000), 10),
        # Two by eight metres cover what four by four do.
        (32631, Affine(2, 0, 450_000, 0, -8, 5_400_000), 4),
        # US survey feet.
        (2263, Affine(1, 0, 980_000, 0, -1, 200_000), 0.3048006),
        # A degree at 60 N is 55.80 km long by 111.41 km (WGS 84).
        (4326, Affine(1e-5, 0, 10, 0, -1e-5, 60), np.sqrt(0.5580 * 1.1141)),
        # Web Mercator's metres there are half as long.
        (3857, Affine(1, 0, 1e6, 0, -1, 8_399_738), 0.501),
        (32631, Affine.translation(450_000, 5_400_000) @ Affine.rotation(30) @ Affine.scale(3), 3),
    ],
)
def test_metres_on_the_ground(code, transform, metres):
    grid = Grid(100, 100, CRS.from_epsg(code), transform)
    assert ground_sampling_distance(grid) == pytest.approx(metres, rel=2e-3)


def test_without_coordinates_there_is_none():
    assert ground_sampling_distance(Grid(9, 9, None, Affine.identity())) is None
    disk = CRS.from_string("+proj=geos +h=35785831 +lon_0=0 +sweep=y")
    off = Grid(9, 9, disk, Affine(3000, 0, -5.6e6, 0, -3000, 5.6e6))
    assert ground_sampling_distance(off) is None, "not on the Earth"
    assert gsd_remark(None, TrainingGsd(0.5, 0.5, "x")) is None
    assert gsd_remark(10.0, None) is None


@pytest.mark.parametrize(
    ("distance", "trained", "far"),
    [
        (0.5, (0.5, 0.5), False),
        (0.99, (0.5, 0.5), False),
        (1.01, (0.5, 0.5), True),
        (0.24, (0.5, 0.5), True),
        (5.9, (0.3, 3), False),
        (6.1, (0.3, 3), True),
    ],
)
def test_what_is_more_than_twice_as_large_or_small_is_far(distance, trained, far):
    assert (gsd_remark(distance, TrainingGsd(*trained, "x")) is not None) is far


def test_what_counts_is_the_pixel_that_the_model_is_given():
    """A tile of 256 pixels of 0.5 m that becomes 128 x 128 has pixels of 1 m."""
    trained = TrainingGsd(1.0, 1.0, "x")
    assert gsd_remark(0.49, trained, enlarged=256 / 128) is None
    assert "0.49 m, but" in gsd_remark(0.49, trained)
    assert "2 m, resized to pixels of 4 m, but" in gsd_remark(2.0, trained, enlarged=256 / 128)


@pytest.mark.parametrize(("distance", "far"), [(1.5, False), (0.25, True)])
def test_a_scene_smaller_than_a_tile_is_given_as_it_is(tmp_path, write_raster, distance, far):
    """32 pixels become 32 pixels of the model's, not 64."""
    place = Affine(distance, 0, 450_000, 0, -distance, 5_400_000)
    names = [
        [write_raster(f"{i}.tif", texture(32, 32, i), crs="EPSG:32631", transform=place)]
        for i in range(2)
    ]
    outcome = caption_scene(
        brightness_captioner,
        *names,
        tmp_path / "out",
        SceneSettings(tile=64, overlap=16),
        training_gsd=TrainingGsd(1.0, 1.0, "x"),
        input_size=32,
    )
    assert any("trained on" in remark for remark in outcome.remarks) is far


def test_a_scene_far_from_training_gets_a_remark(tmp_path, write_raster):
    names = [[write_raster(f"{i}.tif", texture(70, 70, i))] for i in range(2)]
    settings = SceneSettings(tile=64, overlap=16)
    outcome = caption_scene(
        brightness_captioner,
        *names,
        tmp_path / "far",
        settings,
        training_gsd=TrainingGsd(0.5, 0.5, "x"),
    )
    assert outcome.gsd == pytest.approx(10, rel=1e-3)
    assert any(
        "pixels of 10 m, but the model was trained on pixels of 0.5 m (x)" in r
        for r in outcome.remarks
    )
    assert "trained on pixels of 0.5 m" in (tmp_path / "far" / "report.html").read_text("utf-8")
    for known in (None, TrainingGsd(8.0, 12.0, "x")):
        outcome = caption_scene(
            brightness_captioner, *names, tmp_path / "near", settings, training_gsd=known
        )
        assert not any("trained on" in remark for remark in outcome.remarks)
