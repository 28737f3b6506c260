"""Scenes: rasters, what lies beside them, and parts of runs."""

import numpy as np
from fuzz.damage import damaged_text
from fuzz.images import DEEP, SIZE, raster
from fuzz.kind import Kind
from rasterio.windows import Window
from shapely import box

from mmrsicc.scenes import ChangeObject, SceneSettings
from mmrsicc.scenes.pair import ScenePair
from mmrsicc.scenes.parts import read_part, write_part
from mmrsicc.scenes.results import BlockResult, TileFacts

SETTINGS = SceneSettings(tile=16, overlap=0)
RESULT = BlockResult(
    [
        ChangeObject(box(i, 0, i + 5, 5), "mask", f"a house {i}", -0.25, ((f"a {i}", -0.25),), 0.75)
        for i in range(3)
    ],
    [TileFacts(None, 0.5, True)],
    np.eye(16, dtype=np.uint8),
)


def scene(name, **options):
    """Makes a date and, beside it, another that stays whole."""

    def make(folder):
        raster("good.tif", options.get("values", DEEP), nodata=0)(folder)
        return raster(name, **{"nodata": 0, **options})(folder)

    return make


def vrt(folder):
    raster("good.tif", nodata=0)(folder)
    bands = "".join(
        f'<VRTRasterBand dataType="UInt16" band="{band}"><NoDataValue>0</NoDataValue>'
        '<SimpleSource><SourceFilename relativeToVRT="1">good.tif</SourceFilename>'
        f"<SourceBand>{band}</SourceBand></SimpleSource></VRTRasterBand>"
        for band in (1, 2, 3)
    )
    (folder / "x.vrt").write_text(
        f'<VRTDataset rasterXSize="{SIZE}" rasterYSize="{SIZE}"><SRS>EPSG:32631</SRS>'
        f"<GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform>{bands}</VRTDataset>"
    )
    return folder / "x.vrt"


def notes(folder):
    """GDAL's notes beside a raster."""
    scene("x.tif")(folder)
    path = folder / "x.tif.aux.xml"
    path.write_text(
        '<PAMDataset><SRS>EPSG:32631</SRS><Metadata><MDI key="ACQUISITIONDATETIME">2020-01-31'
        '</MDI></Metadata><PAMRasterBand band="1"><NoDataValue>5</NoDataValue></PAMRasterBand>'
        "</PAMDataset>"
    )
    return path


def read(path):
    """Both dates, their radiometry, and what tells them from others."""
    good = str(path.with_name("good.tif"))
    with ScenePair([good], [str(path).removesuffix(".aux.xml")], SETTINGS) as pair:
        pair.fingerprints()
        pair.days  # noqa: B018  # Read from metadata.
        width, height = (min(16, side) for side in (pair.grid.width, pair.grid.height))
        return pair.read(Window(0, 0, width, height))


def is_pair(found, good, path):
    assert found.before.shape == found.after.shape == (*found.valid.shape, 3)
    assert found.before.dtype == found.after.dtype == np.uint8


def part(folder):
    write_part(RESULT, folder / "000000.parquet")
    return folder / "000000.parquet"


def is_result(found, good, path):
    assert all(isinstance(o.caption, str) and len(o.shape.bounds) == 4 for o in found.objects)


KINDS = {
    "scene": Kind(scene("x.tif"), read, check=is_pair),
    "scene in tiles": Kind(
        scene("x.tif", tiled=True, blockxsize=16, blockysize=16, compress="deflate"),
        read,
        check=is_pair,
    ),
    "scene of floats": Kind(scene("x.tif", values=DEEP / np.float32(8)), read, check=is_pair),
    "virtual scene": Kind(vrt, read, damaged_text, is_pair),
    "notes beside a scene": Kind(notes, read, damaged_text, is_pair),
    "part of a scene": Kind(part, read_part, check=is_result),
}
