"""Headers of TIFF files: their pages, before any of them is decoded."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from mmrsicc.utils.tar_members import open_file

_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BIG_ENDIAN_BIG_TIFF = b"MM\0+"
_MOST_PAGES = 1000
#: Bits of the subfile type: reduced in size, or a mask.
_NOT_AN_IMAGE = 0b101


class _Tag(IntEnum):
    """Tags that are read: numbers of TIFF 6.0 and its supplements, of GeoTIFF and of GDAL."""

    SUBFILE = 254
    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    ORIENTATION = 274
    SAMPLES = 277
    PLANAR = 284
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    EXTRA = 338
    FORMAT = 339
    PIXEL_SCALE = 33550
    TIE_POINT = 33922
    GEO_KEYS = 34735
    GEO_DOUBLES = 34736
    GDAL_METADATA = 42112
    GDAL_NODATA = 42113


#: Tags of one whole number.
_NUMBERS = (
    *(_Tag.WIDTH, _Tag.HEIGHT, _Tag.COMPRESSION, _Tag.PHOTOMETRIC, _Tag.ORIENTATION),
    *(_Tag.SAMPLES, _Tag.PLANAR, _Tag.TILE_WIDTH, _Tag.TILE_HEIGHT),
)

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
_COLOURS = {
    WHITE_IS_ZERO: "grey with 0 for white",
    BLACK_IS_ZERO: "bands",
    RGB: "RGB",
    PALETTE: "palette",
    CMYK: "CMYK",
    YCBCR: "YCbCr",
    8: "CIELab",
}
#: Numbers of colour samples without extra ones. Four of RGB are RGBA; grey JPEGs may say YCbCr.
_OWN_SAMPLES = {
    WHITE_IS_ZERO: (1,),
    BLACK_IS_ZERO: (1,),
    RGB: (3, 4),
    PALETTE: (1,),
    CMYK: (4,),
    YCBCR: (1, 3),
}
_FORMATS = {1: "unsigned", 2: "signed", 3: "float"}
#: None, CCITT, LZW, JPEG, Deflate and PackBits, which each build of Pillow decodes.
_COMMON_COMPRESSION = {1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946}
_COMPRESSION_NAMES = {34887: "LERC", 34925: "LZMA", 50000: "ZSTD", 50001: "WebP", 50002: "JPEG XL"}


@dataclass(frozen=True)
class TiffPage:
    """One image of a TIFF file.

    Attributes:
        number: Its place in the file, from 1, as GDAL counts.
        tags: Values by the numbers of the tags.
    """

    number: int
    tags: Mapping[int, Any]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as it is to be seen."""
        width, height = int(self.tags[_Tag.WIDTH]), int(self.tags[_Tag.HEIGHT])
        return (height, width) if self.orientation >= 5 else (width, height)

    @property
    def orientation(self) -> int:
        """From 1 to 8, as in EXIF."""
        value = self.tags.get(_Tag.ORIENTATION, 1)
        return value if value in range(1, 9) else 1

    @property
    def tile(self) -> tuple[int, int]:
        """Width and height of the part that must be decoded at once: a tile, if there are any."""
        return int(self.tags.get(_Tag.TILE_WIDTH, 1)), int(self.tags.get(_Tag.TILE_HEIGHT, 1))

    @property
    def bits(self) -> int:
        """Bits of the deepest sample."""
        return max(self.tags.get(_Tag.BITS, (1,)))

    @property
    def samples(self) -> int:
        """Bands, alpha included."""
        return self.tags.get(_Tag.SAMPLES, 1)

    @property
    def colour(self) -> int:
        """Photometric interpretation."""
        return self.tags.get(_Tag.PHOTOMETRIC, BLACK_IS_ZERO)

    @property
    def format(self) -> int:
        """1 unsigned, 2 signed, 3 floating point."""
        return self.tags.get(_Tag.FORMAT, (1,))[0]

    @property
    def declares_nodata(self) -> bool:
        """Whether a no-data value is declared, which Pillow does not report."""
        return _Tag.GDAL_NODATA in self.tags

    @property
    def annotated(self) -> bool:
        """Whether GDAL's metadata say more of the values than tags do: scale, offset or colours."""
        metadata = str(self.tags.get(_Tag.GDAL_METADATA, ""))
        return any(f'role="{role}"' in metadata for role in ("scale", "offset", "colorinterp"))

    @property
    def for_pillow(self) -> bool:
        """Whether Pillow reads the page correctly: up to 8 bits, common colours."""
        if self.bits > 8 or self.format != 1 or self.annotated:
            return False
        if self.tags.get(_Tag.COMPRESSION, 1) not in _COMMON_COMPRESSION:
            return False
        extra = tuple(self.tags.get(_Tag.EXTRA, ()))
        # One spare band of RGB is left out; beside grey it could as well be a second date.
        if len(extra) > 1 or (extra == (0,) and self.colour != RGB):
            return False
        return self.samples - len(extra) in _OWN_SAMPLES.get(self.colour, ())

    @property
    def for_opencv(self) -> bool:
        """Whether it is of the one deep kind that OpenCV reads right: plain 16 bits."""
        return (
            (self.bits, self.format, self.orientation) == (16, 1, 1)
            and (self.colour, self.samples) in {(BLACK_IS_ZERO, 1), (RGB, 3), (RGB, 4)}
            and (self.tags.get(_Tag.PLANAR, 1) == 1 or self.samples == 1)
            and self.tags.get(_Tag.COMPRESSION, 1) in {1, 5, 8, 32946, 32773}
            and not self.annotated
            and not self.declares_nodata
        )

    @property
    def for_windows(self) -> bool:
        """Whether GDAL's values of a window equal the pixels: 8 bits, grey or RGB, upright."""
        extra = set(self.tags.get(_Tag.EXTRA, ()))
        plain = (self.bits, self.format, self.orientation) == (8, 1, 1) and not self.annotated
        if self.colour == RGB:
            return plain and 1 not in extra  # Premultiplied alpha must be divided out.
        return plain and self.colour == BLACK_IS_ZERO and self.samples in (1, 3) and extra <= {0}

    @property
    def for_band_windows(self) -> bool:
        """Whether GDAL's values of a window are those of the bands: whole bytes, upright."""
        kind = self.bits in (8, 16, 32, 64) and (self.bits, self.format) != (8, 2)
        upright = self.orientation == 1 and self.colour in (BLACK_IS_ZERO, RGB)
        return kind and upright and 1 not in set(self.tags.get(_Tag.EXTRA, ()))

    @property
    def extent(self) -> tuple[float, float, float, float] | None:
        """West, south, east and north of a north-up GeoTIFF in its own coordinates."""
        scale, tie = self._floats(_Tag.PIXEL_SCALE, 2), self._floats(_Tag.TIE_POINT, 6)
        if scale is None or tie is None:
            return None
        west, north = tie[3] - tie[0] * scale[0], tie[4] + tie[1] * scale[1]
        east = west + scale[0] * int(self.tags[_Tag.WIDTH])
        return west, north - scale[1] * int(self.tags[_Tag.HEIGHT]), east, north

    @property
    def system(self) -> tuple[float, ...]:
        """GeoTIFF's keys of the coordinate system and their numbers; empty if there are none."""
        return (*self._values(_Tag.GEO_KEYS), *self._values(_Tag.GEO_DOUBLES))

    def _values(self, tag: _Tag) -> tuple[Any, ...]:
        """All values of a tag; Pillow gives a single one without its tuple."""
        found = self.tags.get(tag, ())
        return found if isinstance(found, tuple) else (found,)

    def _floats(self, tag: _Tag, count: int) -> tuple[float, ...] | None:
        """The first values of a tag; None if there are too few, or it is of a wrong type."""
        found = self.tags.get(tag)
        if not isinstance(found, tuple) or len(found) < count:
            return None
        return found[:count] if all(isinstance(v, (int, float)) for v in found[:count]) else None

    def __str__(self) -> str:
        width, height = self.size
        parts = [f"{self.bits}-bit {_FORMATS.get(self.format, 'complex')}"]
        parts.append(_COLOURS.get(self.colour, f"photometric {self.colour}"))
        if self.samples > 1 and self.tags.get(_Tag.PLANAR, 1) == 2:
            parts.append("in separate planes")
        compression = self.tags.get(_Tag.COMPRESSION, 1)
        if compression not in _COMMON_COMPRESSION:
            name = _COMPRESSION_NAMES.get(compression, f"method {compression}")
            parts.append(f"compressed by {name}")
        return f"{width} x {height}, {self.samples} x {' '.join(parts)}"


def are_bands(pages: Sequence[TiffPage]) -> bool:
    """Whether the pages of a file are bands of one image: one sample each, all of one kind."""
    kinds = {(page.size, page.samples, page.bits, page.format, page.colour) for page in pages}
    return len(kinds) == 1 and pages[0].samples == 1 and pages[0].colour != PALETTE


def is_tiff(start: bytes) -> bool:
    """Whether a file that starts so is TIFF or BigTIFF."""
    return start[:4] in _STARTS


def tiff_pages(path: str | Path) -> list[TiffPage]:
    """Images of a TIFF file in their order; overviews, thumbnails and masks do not count.

    Raises:
        ValueError: The file is cut short, damaged or of a kind that hardly anything reads.
    """
    with open_file(path) as file:
        start = file.read(16)
        if start[:4] == _BIG_ENDIAN_BIG_TIFF:
            raise ValueError(f"{path} is a big-endian BigTIFF: convert it with gdal_translate")
        try:
            with warnings.catch_warnings():
                # Warnings about odd or truncated tags; a missing required tag raises an error.
                warnings.simplefilter("ignore")
                pages = _read_pages(file, start if start[2] == 43 else start[:8])
        except Exception as error:  # A damaged header makes Pillow raise many types of errors.
            raise ValueError(
                f"{path} is damaged or cut short ({error or type(error).__name__}): copy it again"
            ) from error
    if not pages:
        raise ValueError(f"{path} is damaged or cut short (no image in it): copy it again")
    return pages


def _read_pages(file: BinaryIO, start: bytes) -> list[TiffPage]:
    pages: list[TiffPage] = []
    seen: set[int] = set()
    place = ImageFileDirectory_v2(start).next
    while place and place not in seen and len(seen) < _MOST_PAGES:
        seen.add(place)
        file.seek(place)
        directory = ImageFileDirectory_v2(start)
        directory.load(file)
        place = directory.next
        if not directory.get(_Tag.SUBFILE, 0) & _NOT_AN_IMAGE:
            tags: dict[int, Any] = {tag: directory[tag] for tag in _Tag if tag in directory}
            page = TiffPage(len(seen), tags)
            if any(not isinstance(tags.get(tag, 1), int) for tag in _NUMBERS):
                raise ValueError("a tag of a wrong type")
            if min(page.size) < 1:
                raise ValueError("an image without pixels")
            pages.append(page)
    return pages
