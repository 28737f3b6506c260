"""Images that only GDAL reads right, through rasterio where it is installed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from mmrsicc.datasets.band_values import (
    Bands,
    BandValues,
    Numbered,
    choose_bands,
    numbered_bands,
    upright,
)
from mmrsicc.datasets.picture_file import check_pixels
from mmrsicc.datasets.radiometry import Calibration
from mmrsicc.datasets.tiff import BLACK_IS_ZERO, PALETTE, RGB, WHITE_IS_ZERO, TiffPage
from mmrsicc.utils.tar_members import gdal_name
from mmrsicc.utils.windows import Window

#: Fix for most files that cannot be read without rasterio.
INSTALL = "pip install 'mmrsicc[geo]'"

#: First bytes of formats with several rasters, their names, and GDAL's drivers for them. Other
#: drivers of GDAL are not used: their files can name further files or hosts to read from.
_CONTAINERS = {
    b"\x89HDF": ("HDF5 or netCDF-4", ("HDF5", "netCDF")),
    b"\x0e\x03\x13\x01": ("HDF4", ("HDF4",)),
    b"CDF\x01": ("netCDF", ("netCDF",)),
    b"CDF\x02": ("netCDF", ("netCDF",)),
    b"CDF\x05": ("netCDF", ("netCDF",)),
    b"SQLi": ("GeoPackage or MBTiles", ("GPKG", "MBTiles")),
    b"PK\x03\x04": ("ZIP", ("SENTINEL2",)),
    b"<?xm": ("XML", ("SENTINEL2",)),
}
_MOST_LISTED = 8

JPEG_2000_DRIVER = "JP2OpenJPEG"


def has_rasterio() -> bool:
    """Whether rasterio is installed."""
    return find_spec("rasterio") is not None


def gdal_errors() -> tuple[type[Exception], ...]:
    """Types of errors that rasterio raises for damaged files, on opening or reading."""
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import RasterioError

    # GDAL's message may contain bytes of the file, which rasterio then cannot decode.
    return RasterioError, CPLE_BaseError, UnicodeDecodeError


@contextmanager
def open_raster(name: str | Path, driver: str = "GTiff") -> Iterator[Any]:
    """A dataset of rasterio, whose errors name the file and what to do.

    Args:
        name: Its path, or GDAL's name of it.
        driver: Of GDAL, which would also take the file for one that names others to read.

    Raises:
        ValueError: The file cannot be opened, or is damaged or cut short.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            dataset = rasterio.open(gdal_name(name), driver=driver)
        with dataset:
            yield dataset
    except gdal_errors() as error:
        raise ValueError(
            f"{name} is damaged or cut short ({error.__cause__ or error}): copy it again"
        ) from error


def read_tiff(path: str | Path, pages: Sequence[TiffPage], bands: Bands) -> BandValues:
    """Bands of a TIFF file; pages are bands where each is one band of the same kind.

    Raises:
        ValueError: The file is damaged, or its colours cannot be told; says what to do.
    """
    page = pages[0]
    if page.colour not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE):
        raise ValueError(f"{path} is {page}: write it as 8- or 16-bit RGB (gdal_translate)")
    # A single page is opened by its path, so that GDAL sees what lies beside the file.
    names = [
        str(path)
        if len(pages) == 1 and p.number == 1
        else f"GTIFF_DIR:{p.number}:{gdal_name(path)}"
        for p in pages
    ]
    if page.colour == PALETTE and isinstance(bands, Numbered):
        # One band in the file, three once it is read.
        found = numbered_bands(path, _read(path, names[0], "all", palette=True), bands.numbers)
    elif len(pages) == 1:
        # GDAL also calls 1 bit of grey a palette.
        found = _read(path, names[0], bands, palette=page.colour == PALETTE)
    else:
        chosen = choose_bands(path, ["undefined"] * len(pages), bands)
        found = _stacked([_read(path, names[band - 1], (1,)) for band in chosen])
    values = _as_seen(path, page, found.values)
    calibration = Calibration(values.dtype.name, found.calibration.scale, found.calibration.offset)
    return replace(
        found,
        values=upright(values, page.orientation),
        nodata=_nodata_as_seen(path, page, found),
        valid=upright(found.valid, page.orientation),
        calibration=calibration,
        one_bit=page.bits == 1 and page.colour != PALETTE,
    )


def read_tiff_window(path: str | Path, window: Window, bands: Bands = "all") -> BandValues:
    """Window of bands of a TIFF file, equal to that part of the whole bands.

    Args:
        path: The file, of one page that is ``for_band_windows``.
        window: The part.
        bands: Those that are wished.

    Raises:
        ValueError: The file is damaged, or has no such bands.
    """
    return _read(path, str(path), bands, window=window)


def read_jpeg_2000(path: str | Path, bands: Bands) -> BandValues:
    """Bands of a JPEG 2000 file.

    Raises:
        ValueError: The file is damaged, or its colours cannot be told; says what to do.
    """
    with open_raster(path, JPEG_2000_DRIVER) as dataset:
        check_pixels(path, (dataset.width, dataset.height))
    return _read(path, str(path), bands, JPEG_2000_DRIVER)


def is_jpeg_2000(start: bytes) -> bool:
    """Whether a file that starts so is JPEG 2000."""
    return start.startswith((b"\0\0\0\x0cjP", b"\xffO\xffQ"))


def container(path: str | Path, start: bytes) -> str | None:
    """Description of a file that holds several rasters rather than an image; else None.

    Args:
        path: The file.
        start: Its first bytes.
    """
    if start[:4] not in _CONTAINERS:
        return None
    kind, drivers = _CONTAINERS[start[:4]]
    inside: list[str] = []
    for driver in drivers if has_rasterio() else ():
        try:
            with open_raster(path, driver) as dataset:
                inside = list(dataset.subdatasets) or [f"{path} ({dataset.count} bands)"]
                break
        except ValueError:
            pass  # The file is of another driver.
    listed = ", ".join(inside[:_MOST_LISTED]) + (", ..." if len(inside) > _MOST_LISTED else "")
    return f"{kind} file" + (f" of {len(inside)} rasters: {listed}" if inside else "")


def _read(
    path: str | Path,
    name: str,
    bands: Bands,
    driver: str = "GTiff",
    palette: bool = False,
    window: Window | None = None,
) -> BandValues:
    """Chosen bands of a dataset by GDAL's name of it."""
    from rasterio.enums import MaskFlags

    with open_raster(name, driver) as dataset:
        meanings = [meaning.name for meaning in dataset.colorinterp]
        stored = Calibration(dataset.dtypes[0], dataset.scales, dataset.offsets)
        chosen = choose_bands(path, meanings, bands, as_picture=stored.kind == "8-bit")
        part = None if window is None else window.rows_and_columns
        kinds = {dataset.dtypes[band - 1] for band in chosen}
        if len(kinds) > 1 or any(kind.startswith("complex") for kind in kinds):
            raise ValueError(
                f"{path} has {' and '.join(sorted(kinds))} values: give bands of one real type"
            )
        values = dataset.read(chosen, window=part)
        valid = np.ones(values.shape[1:], bool)
        # An alpha mask is ignored: transparent is not no-data. A value of 8 bits is no data only
        # where all bands have it, which whoever asks for validity checks.
        ignored = {MaskFlags.alpha, MaskFlags.all_valid}
        if values.dtype == np.uint8:
            ignored.add(MaskFlags.nodata)
        for band in chosen:
            if not ignored & set(dataset.mask_flag_enums[band - 1]):
                valid &= dataset.read_masks(band, window=part) > 0
        if values.dtype.kind == "f":
            valid &= np.isfinite(values).all(axis=0)
        if palette:
            values = _coloured(dataset.colormap(chosen[0]), values[0])
        scale, offset = (
            tuple(float(declared[band - 1]) for band in chosen)
            for declared in (dataset.scales, dataset.offsets)
        )
        nodata, lossy = dataset.nodatavals[chosen[0] - 1], _is_lossy(dataset)
    if len(scale) != len(values):
        scale, offset = (1.0,) * len(values), (0.0,) * len(values)
    calibration = Calibration(values.dtype.name, scale, offset)
    return BandValues(values, valid, calibration, nodata, lossy)


def _is_lossy(dataset: Any) -> bool:
    """Whether the file's compression is lossy, as far as GDAL knows."""
    said = dataset.tags(ns="IMAGE_STRUCTURE")
    jpeg = "JPEG" in said.get("COMPRESSION", "")
    return jpeg or said.get("COMPRESSION_REVERSIBILITY", "").startswith("LOSSY")


def _coloured(colours: dict[int, tuple[int, ...]], indices: np.ndarray) -> np.ndarray:
    """(3, H, W) colours of a palette."""
    table = np.zeros((max(colours) + 1, 3), np.uint8)
    for index, colour in colours.items():
        table[index] = colour[:3]
    return table[indices].transpose(2, 0, 1)


def _stacked(bands: Sequence[BandValues]) -> BandValues:
    """Bands that are pages of one file."""
    values = np.concatenate([band.values for band in bands])
    scale = tuple(band.calibration.scale[0] for band in bands)
    offset = tuple(band.calibration.offset[0] for band in bands)
    valid = np.logical_and.reduce([band.valid for band in bands])
    return BandValues(values, valid, Calibration(values.dtype.name, scale, offset))


def _nodata_as_seen(path: str | Path, page: TiffPage, image: BandValues) -> float | None:
    """The value without data among values that increase with brightness."""
    if image.nodata is None:
        return None
    with np.errstate(invalid="ignore"):
        stored = np.array(image.nodata).astype(image.values.dtype)
    # No pixel has a value that the type cannot hold.
    return float(_as_seen(path, page, stored)) if stored == image.nodata else image.nodata


def _as_seen(path: str | Path, page: TiffPage, values: np.ndarray) -> np.ndarray:
    """Values that increase with brightness; those of up to 8 bits are scaled to 0 to 255."""
    if page.format == 2 and values.dtype == np.uint8:
        values = values.view(np.int8)  # GDAL before 3.7 has no signed bytes.
    if page.colour == WHITE_IS_ZERO:
        if page.format != 1:
            raise ValueError(
                f"{path} is {page}: 0 for white has a meaning for unsigned values alone; write it "
                "with 0 for black"
            )
        values = (2**page.bits - 1) - values
    if page.bits < 8 and page.colour != PALETTE and values.dtype == np.uint8:
        values = np.rint(values * (255 / (2**page.bits - 1))).astype(np.uint8)
    return values
