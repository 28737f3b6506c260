"""One date: bands, what is data, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from fabricated_scenes import texture

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import rasterio
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.transform import Affine
from rasterio.windows import Window

from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.raster import Raster


@pytest.fixture
def thirteen(write_raster):
    """13 bands, each full of its own number."""
    values = np.broadcast_to(np.arange(1, 14, dtype=np.uint16)[:, None, None], (13, 8, 9)).copy()
    return write_raster("thirteen.tif", values)


def test_bands_are_chosen_in_the_given_order(thirteen):
    values, valid = Raster([thirteen], (4, 3, 2)).read()
    assert values.shape == (3, 8, 9)
    assert values[:, 0, 0].tolist() == [4, 3, 2]
    assert valid.all()


def test_bands_of_two_types_are_refused(write_raster, tmp_path):
    names = [
        Path(write_raster(f"{kind}.tif", np.ones((1, 8, 9), kind))).name
        for kind in ("uint16", "float32", "uint16")
    ]
    bands = "".join(
        f'<VRTRasterBand dataType="{kind}" band="{i}"><SimpleSource><SourceFilename '
        f'relativeToVRT="1">{name}</SourceFilename></SimpleSource></VRTRasterBand>'
        for i, (kind, name) in enumerate(
            zip(("UInt16", "Float32", "UInt16"), names, strict=True), start=1
        )
    )
    path = tmp_path / "mixed.vrt"
    path.write_text(f'<VRTDataset rasterXSize="9" rasterYSize="8">{bands}</VRTDataset>')
    with pytest.raises(ValueError, match=r"mixed\.vrt has bands of float32 and uint16: choose"):
        Raster([str(path)])
    assert Raster([str(path)], (1, 3, 1)).read()[0].dtype == np.uint16


def test_files_of_a_date_are_counted_through(write_raster, thirteen):
    single = write_raster("single.tif", np.full((1, 8, 9), 99, np.uint16))
    values, _ = Raster([single, thirteen], (1, 14, 2)).read(Window(1, 2, 3, 4))
    assert values.shape == (3, 4, 3)
    assert values[:, 0, 0].tolist() == [99, 13, 1]


def test_many_bands_need_a_choice_and_it_must_be_there(thirteen):
    with pytest.raises(ValueError, match=r"thirteen.tif has 13 bands: choose .*--bands"):
        Raster([thirteen])
    with pytest.raises(ValueError, match="13 bands, there is no 14"):
        Raster([thirteen], (14, 1, 2))
    with pytest.raises(ValueError, match="13 bands, there is no 0"):
        Raster([thirteen], (0, 1, 2))


def test_alpha_is_no_band_and_says_what_is_data(tmp_path, write_raster):
    import rasterio

    values = np.concatenate([texture(8, 9), np.full((1, 8, 9), 255, np.uint8)])
    values[3, :3] = 0
    path = write_raster("alpha.tif", values)
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [*file.colorinterp[:3], ColorInterp.alpha]
    read, valid = Raster([path]).read()
    assert len(read) == 3
    assert valid.any(axis=1).tolist() == [False] * 3 + [True] * 5
    with pytest.raises(ValueError, match=r"no 4; band 4 is marked as alpha.*_4 undefined .*alpha"):
        Raster([path], (4, 3, 2))


@pytest.mark.parametrize("kind", ["tag", "option", "mask", "nan", "nan tag", "alpha"])
@pytest.mark.parametrize("warped", [False, True])
def test_no_data_is_seen_however_it_is_told(write_raster, kind, warped):
    import rasterio

    values = texture(40, 50).astype(np.float32 if "nan" in kind else np.uint8)
    values[:, :10] = np.nan if "nan" in kind else 0
    there = np.where(np.arange(40)[:, None] < 10, 0, 255).astype(np.uint8).repeat(50, axis=1)
    if kind == "alpha":
        values = np.concatenate([values, there[None]])
    tags = {"tag": {"nodata": 0}, "nan tag": {"nodata": np.nan}}.get(kind, {})
    path = write_raster("gap.tif", values, mask=there if kind == "mask" else None, **tags)
    if kind == "alpha":
        with rasterio.open(path, "r+") as file:
            file.colorinterp = [*file.colorinterp[:3], ColorInterp.alpha]
    raster = Raster([path], nodata=0 if kind == "option" else None)
    below = 0
    if warped:  # 5 rows further up, so that its last 5 rows fall off the scene
        grid = raster.grid
        raster = raster.on_grid(Grid(50, 40, grid.crs, grid.transform @ Affine.translation(0, 5)))
        below = 5
    read, valid = raster.read()
    expected = [False] * (10 - below) + [True] * 30 + [False] * below
    assert valid[:, 25].tolist() == expected
    assert np.isfinite(read[:, valid]).all()


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ({"crs": None}, "does not say in which system"),
        ({"transform": Affine.identity()}, "no coordinates"),
        ({"transform": Affine(10, 0, 5, 0, 0, 5)}, "pixels without extent"),
        ({"crs": None, "transform": Affine.identity(), "gcps": True}, "ground control points"),
        ({"dtype": "complex64"}, "complex64"),
        ({"crs": 'LOCAL_CS["site",UNIT["metre",1]]'}, "local coordinate system"),
    ],
)
def test_what_cannot_be_placed_or_seen_is_refused(write_raster, profile, message):
    values = texture(8, 9).astype(profile.pop("dtype", np.uint8))
    if profile.pop("gcps", False):
        points = [GroundControlPoint(r, c, 2 + c, 48 - r) for r in (0, 8) for c in (0, 9)]
        profile = {"crs": CRS.from_epsg(4326), "transform": None, "gcps": points}
        message = "control points"
    path = write_raster("odd.tif", values, **profile)
    with pytest.raises(ValueError, match=message) as error:
        Raster([path])
    assert "odd.tif" in str(error.value)


def test_a_colour_table_is_refused(write_raster):
    import rasterio

    path = write_raster("palette.tif", np.zeros((1, 8, 9), np.uint8), photometric="palette")
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {0: (255, 0, 0, 255)})
    with pytest.raises(ValueError, match="colour table"):
        Raster([path])


def test_files_of_a_date_must_share_their_grid(write_raster):
    one = write_raster("one.tif", np.zeros((1, 8, 9), np.uint8))
    two = write_raster("two.tif", np.zeros((1, 8, 8), np.uint8))
    with pytest.raises(ValueError, match=r"two.tif is not on the grid of .*one.tif"):
        Raster([one, two], (1,))


def test_missing_foreign_and_truncated_files_are_named(tmp_path, write_raster):
    with pytest.raises(FileNotFoundError, match=r"no raster at .*nowhere.tif"):
        Raster([str(tmp_path / "nowhere.tif")])
    text = tmp_path / "text.tif"
    text.write_text("not an image")
    with pytest.raises(ValueError, match=r"text.tif cannot be read as a raster"):
        Raster([str(text)])
    whole = Path(write_raster("whole.tif", texture(400, 400)))
    cut = tmp_path / "cut.tif"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    raster = Raster([str(cut)])
    grid = raster.grid
    moved = Grid(400, 400, grid.crs, grid.transform @ Affine.translation(0.5, 0))
    for version in (raster, raster.on_grid(moved)):
        with pytest.raises(ValueError, match=r"cut.tif is damaged or cut short"):
            version.read()


def test_bands_are_red_green_and_blue_where_the_file_names_them(write_raster):
    values = np.broadcast_to(np.arange(1, 5, dtype=np.uint8)[:, None, None], (4, 8, 9)).copy()
    path = write_raster("bgr.tif", values, photometric="MINISBLACK")
    with rasterio.open(path, "r+") as file:
        blue_first = (ColorInterp.blue, ColorInterp.green, ColorInterp.red)
        file.colorinterp = (*blue_first, ColorInterp.undefined)
    for options, expected in (
        ({}, [3, 2, 1]),
        ({"bands": (1, 2, 4)}, [1, 2, 4]),
        ({"every_band": True}, [1, 2, 3, 4]),
    ):
        assert Raster([path], **options).read()[0][:, 0, 0].tolist() == expected
    # One of two such files cannot be meant.
    with pytest.raises(ValueError, match="has 8 bands: choose red, green and blue"):
        Raster([path, path])


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"photometric": "MINISWHITE"}, "uint8", "0 for white: .* -scale 0 255 255 0"),
        ({"photometric": "MINISWHITE"}, "uint16", "0 for white: .* -scale 0 65535 65535 0"),
        ({"nbits": 4}, "uint8", "values of 4 bits: .* -scale 0 15 0 255 -co NBITS=8"),
    ],
)
def test_values_that_are_not_brightness_as_stored_are_refused(write_raster, options, kind, message):
    path = write_raster("a.tif", np.ones((1, 8, 9), kind), **options)
    with pytest.raises(ValueError, match=message):
        Raster([path])
    assert Raster([write_raster("b.tif", np.ones((1, 8, 9), np.uint16), nbits=12)]).count == 1


def test_names_that_are_not_in_utf8_are_refused():
    with pytest.raises(ValueError, match=r"'caf\\udce9\.tif' is no name in UTF-8"):
        Raster(["caf\udce9.tif"])
