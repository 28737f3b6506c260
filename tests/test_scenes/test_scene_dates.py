"""When images were taken."""

import pytest
from fabricated_scenes import brightness_captioner, texture

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import rasterio

from mmrsicc.scenes import SceneSettings, caption_scene
from mmrsicc.scenes.dates import day_of


@pytest.fixture
def day(write_raster):
    """The day of files with these tags, each file's as namespace (None for none) and tags."""

    def read(*tags: tuple[str | None, dict[str, str]]) -> str | None:
        datasets = []
        for i, (space, values) in enumerate(tags):
            path = write_raster(f"{i}.tif", texture(9, 9))
            with rasterio.open(path, "r+") as file:
                file.update_tags(ns=space, **values)
            datasets.append(rasterio.open(path))
        return day_of(datasets)

    return read


def test_the_time_a_file_was_written_is_no_date(day):
    assert day((None, {"TIFFTAG_DATETIME": "2019:07:08 10:11:12"})) is None
    assert day((None, {"EXIF_DateTime": "2019:07:08 10:11:12"})) is None
    assert day((None, {})) is None


@pytest.mark.parametrize(
    ("space", "name", "text"),
    [
        ("IMAGERY", "ACQUISITIONDATETIME", "2018-02-03 04:05:06"),
        (None, "acquisitiondatetime", "2018-02-03T04:05:06Z"),
        (None, "DATE_ACQUIRED", "2018-02-03"),
        (None, "PRODUCT_START_TIME", "2018-02-03T10:50:19.026Z"),
        (None, "NITF_IDATIM", "20180203040506"),
        (None, "EXIF_DateTimeOriginal", "2018:02:03 04:05:06"),
    ],
)
def test_metadata_on_the_taking_of_the_image_is_a_date(day, space, name, text):
    written = {"TIFFTAG_DATETIME": "2021:07:08 10:11:12"}
    assert day((space, {name: text, **(written if space is None else {})})) == "2018-02-03"


def test_no_day_is_made_of_what_is_none_or_of_two(day):
    assert day((None, {"DATE_ACQUIRED": "last summer"})) is None
    assert day((None, {"DATE_ACQUIRED": "2018-02-30"})) is None
    one = (None, {"DATE_ACQUIRED": "2018-02-03"})
    assert day(one, (None, {})) == "2018-02-03"
    assert day(one, one) == "2018-02-03"
    assert day(one, (None, {"DATE_ACQUIRED": "2018-02-04"})) is None


def test_the_users_days_come_before_those_of_the_files(tmp_path, write_raster):
    names = [write_raster(f"{i}.tif", texture(70, 70, i)) for i in range(2)]
    for name in names:
        with rasterio.open(name, "r+") as file:
            file.update_tags(ns="IMAGERY", ACQUISITIONDATETIME="2019-07-08 10:11:12")
            file.update_tags(TIFFTAG_DATETIME="2022:01:01 00:00:00")
    outcome = caption_scene(
        brightness_captioner,
        names[:1],
        names[1:],
        tmp_path / "out",
        SceneSettings(tile=64, overlap=16),
        dates=(None, "2020-02-29"),
    )
    assert outcome.dates == ("2019-07-08", "2020-02-29")
