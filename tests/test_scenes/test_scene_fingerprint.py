"""What tells scenes apart: their content."""

import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from fabricated_scenes import texture

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import rasterio
from PIL import Image

from mmrsicc.scenes import fingerprint as module
from mmrsicc.scenes.fingerprint import fingerprint
from mmrsicc.scenes.opening import unsigned
from mmrsicc.scenes.raster import Raster


def told(path, bands=None) -> str:
    raster = Raster([str(path)], bands)
    facts = fingerprint(raster)
    raster.close()
    return json.dumps(facts, sort_keys=True)


def test_name_size_and_time_do_not_hide_another_content(tmp_path, write_raster):
    one = Path(write_raster("a.tif", texture(40, 50)))
    other = tmp_path / "elsewhere" / "a.tif"
    other.parent.mkdir()
    changed = texture(40, 50)
    changed[0, 20, 20] ^= 1
    shutil.move(write_raster("b.tif", changed), other)
    os.utime(other, ns=(one.stat().st_atime_ns, one.stat().st_mtime_ns))
    assert one.stat().st_size == other.stat().st_size
    assert told(one) != told(other)


def test_a_copy_of_another_name_and_time_is_the_same_scene(tmp_path, write_raster):
    one = write_raster("a.tif", texture(40, 50))
    copy = shutil.copyfile(one, tmp_path / "copy.tif")
    os.utime(copy, (1, 1))
    assert told(one) == told(copy)


def test_the_order_of_files_counts(write_raster):
    one, two = (write_raster(f"{i}.tif", texture(9, 9, i)[:1]) for i in range(2))
    assert fingerprint(Raster([one, two], (1,))) != fingerprint(Raster([two, one], (1,)))


def test_files_beside_a_raster_are_noticed(tmp_path, write_raster):
    """World file, mask, pyramids, GDAL's notes: each change of one is another scene."""
    path = tmp_path / "a.png"
    Image.fromarray(texture(40, 50).transpose(1, 2, 0)).save(path)
    seen = [told(path)]
    notes = tmp_path / "a.png.aux.xml"
    notes.write_text("<PAMDataset><SRS>EPSG:32631</SRS></PAMDataset>")
    world = tmp_path / "a.pgw"
    for west in (450_000, 450_010):
        world.write_text(f"10\n0\n0\n-10\n{west}\n5400000\n")
        seen.append(told(path))
    notes.write_text("<PAMDataset><SRS>EPSG:32632</SRS></PAMDataset>")
    seen.append(told(path))
    pyramids = tmp_path / "a.png.ovr"
    for seed in range(2):
        shutil.move(write_raster("small.tif", texture(20, 25, seed)), pyramids)
        seen.append(told(path))
    assert len(set(seen)) == len(seen)


def test_statistics_that_a_viewer_writes_are_not_noticed(tmp_path, write_raster):
    path = write_raster("a.tif", texture(40, 50))
    before = told(path)
    notes = Path(f"{path}.aux.xml")
    band = '<PAMRasterBand band="1">{}</PAMRasterBand>'
    statistics = '<Metadata><MDI key="STATISTICS_MEAN">9</MDI></Metadata>'
    histogram = "<Histograms><HistItem><HistMin>0</HistMin></HistItem></Histograms>"
    notes.write_text(f"<PAMDataset>{band.format(histogram + statistics)}</PAMDataset>")
    assert told(path) == before
    # But a no-data value that stands beside them is.
    value = "<NoDataValue>7</NoDataValue>"
    notes.write_text(f"<PAMDataset>{band.format(value + statistics)}</PAMDataset>")
    assert told(path) != before
    notes.write_text("<PAMDataset>no XML")
    assert told(path) != before


def test_sources_of_a_vrt_and_files_beside_them_are_noticed(tmp_path, write_raster):
    source = write_raster("source.tif", texture(40, 50)[:1])
    vrt = (
        '<VRTDataset rasterXSize="50" rasterYSize="40"><SRS>EPSG:32631</SRS>'
        "<GeoTransform>450000, 10, 0, 5400000, 0, -10</GeoTransform>"
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename>{}</SourceFilename>'
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    inner, outer = tmp_path / "inner.vrt", tmp_path / "outer.vrt"
    inner.write_text(vrt.format(source))
    outer.write_text(vrt.format(inner))
    seen = [told(outer)]
    assert told(inner) != seen[0]
    Path(f"{source}.msk").write_bytes(Path(source).read_bytes())
    seen.append(told(outer))
    Path(f"{source}.msk").unlink()
    with rasterio.open(source, "r+") as file:
        file.write(texture(40, 50, seed=1)[:1])
    seen.append(told(outer))
    assert len(set(seen)) == 3
    # A VRT may also be given as its text, which is no name of a file.
    assert told(inner.read_text()) != told(vrt.format(write_raster("x.tif", texture(40, 50)[:1])))


def test_of_large_files_blocks_are_read_and_the_time_counts(tmp_path, write_raster, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 1024)
    monkeypatch.setattr(module, "_BUDGET", 8 * 1024)
    path = Path(write_raster("a.tif", texture(100, 200)))
    data, time = path.read_bytes(), path.stat().st_mtime_ns
    assert len(data) > 50_000
    first = told(path)

    def changed(at: int, time: int) -> str:
        content = bytearray(data)
        content[at] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(time, time))
        return told(path)

    # The last byte stands in the last block. Between blocks, the time tells.
    assert changed(len(data) - 1, time) != first
    between = (len(data) - 1024) // 14
    assert changed(between, time) == first, "as the documentation says"
    assert changed(between, time + 1) != first


def test_parts_of_one_file_and_files_in_archives_are_told_apart(tmp_path, write_raster):
    first, second = (Image.fromarray(texture(40, 50, seed)[0]) for seed in range(2))
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    two_pages = tmp_path / "a.tif"
    assert told(f"GTIFF_DIR:1:{two_pages}") != told(f"GTIFF_DIR:2:{two_pages}")
    seen = []
    for seed in range(2):
        inner = write_raster("inner.tif", texture(40, 50, seed))
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.write(inner, "inner.tif")
        seen.append(told(f"/vsizip/{tmp_path}/a.zip/inner.tif"))
    assert seen[0] != seen[1]


def test_values_that_gdal_understands_otherwise_are_told_apart(write_raster):
    one, two = (
        write_raster(f"{i}.tif", np.ones((1, 9, 9), np.float32), nodata=value)
        for i, value in enumerate((0.0, float("nan")))
    )
    assert told(one) != told(two)


def test_small_files_leave_their_share_to_the_large_one(monkeypatch):
    monkeypatch.setattr(module, "_BUDGET", 100)
    # 60 are left for the third; of two large ones each gets half of what is left.
    for sizes, share in (([60, 30, 10], 100), ([10, 30, 90], 60), ([10, 80, 80], 45), ([], 100)):
        assert module._share(sizes) == share, sizes


def test_the_signature_of_an_address_is_no_part_of_a_name():
    address = "/vsicurl/https://host/a.tif"
    assert unsigned(f"{address}?st=1&sig=x") == address
    # There the address itself is in the query.
    assert unsigned("/vsicurl?url=https://host/a.tif") == "/vsicurl?url=https://host/a.tif"
    assert unsigned("what?.tif") == "what?.tif"
