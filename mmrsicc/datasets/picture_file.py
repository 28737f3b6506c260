"""Files that Pillow decodes: PNG, JPEG, TIFF of up to 8 bits, BMP, WebP, GIF."""

from __future__ import annotations

import warnings
import zlib
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from mmrsicc.utils.tar_members import read_bytes

#: Formats that Pillow may open; each further one is more code that a hostile file can reach. MPO,
#: which many cameras write, comes with JPEG; of JPEG 2000 only the header is read here.
_KINDS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "JPEG2000", "PPM")

#: Formats whose further images are frames of an animation. Those of MPO are previews, those of TIFF
#: pages, masks or overviews, which Pillow may not know.
_ANIMATIONS = ("GIF", "PNG", "WEBP")

_EXIF_ORIENTATION = 274
#: Pillow's operation for each EXIF orientation; 1 is upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: A PNG file without any of these has no orientation and is not decoded to find one.
_PNG_EXIF = (b"eXIf", b"Raw profile type", b"XML:com.adobe.xmp")

_BITS_PER_SAMPLE = 258  # TIFF tag

#: Error and fix for an image with too many pixels.
TOO_LARGE = (
    "is too large to be decoded whole: save it as an 8-bit TIFF and install rasterio "
    "(pip install rasterio), so that only windows of it are read, or cut it into tiles"
)


def decode_picture(path: str | Path) -> tuple[Image.Image, bytes]:
    """Decoded image, as it lies in the file, and the bytes of the file.

    Pillow, not OpenCV: it raises where a file is cut short; OpenCV may return half an image. Only
    TIFF files come back upright: Pillow turns those itself.

    Raises:
        ValueError: If it is damaged, cut short, too large, an animation or of an unknown kind.
    """
    raw = read_bytes(path)
    try:
        image = _open(BytesIO(raw))
        frames = frames_of(image)
        image.load()
    except UnidentifiedImageError as error:
        raise ValueError(_unknown(path)) from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{path} {TOO_LARGE}") from error
    except Exception as error:  # Decoders raise many types of errors for damaged files.
        raise ValueError(f"{path} is damaged ({error}): copy it again") from error
    if image.format == "PNG":
        _check_png(path, raw)
    if frames > 1:
        raise ValueError(f"{path} is an animation of {frames} images: save the one that is meant")
    return image, raw


def frames_of(image: Image.Image) -> int:
    """Number of images of an animation; 1 of any other file."""
    return getattr(image, "n_frames", 1) if image.format in _ANIMATIONS else 1


def _check_png(path: str | Path, raw: bytes) -> None:
    """Refuses pixels whose checksums are wrong; Pillow does not look at them.

    Raises:
        ValueError: If a chunk that pixels depend on is damaged.
    """
    place, view = 8, memoryview(raw)
    while place + 12 <= len(raw):
        end = place + 8 + int.from_bytes(view[place : place + 4], "big")
        kind = raw[place + 4 : place + 8]
        # Names of critical chunks begin with a capital; errors in other chunks are ignored.
        needed = kind[:1].isupper() or kind == b"tRNS"
        if needed and zlib.crc32(view[place + 4 : end]).to_bytes(4, "big") != raw[end : end + 4]:
            name = kind.decode("ascii", "backslashreplace")
            raise ValueError(f"{path} is damaged (wrong checksum of {name}): copy it again")
        if kind == b"IEND":
            return
        place = end + 4


def picture_size(path: str | Path) -> tuple[int, int]:
    """Width and height of an upright image, from the head of its file.

    Raises:
        ValueError: If it is damaged, too large or of an unknown kind.
    """
    raw = read_bytes(path)
    try:
        image = _open(BytesIO(raw))
        if image.format == "TIFF" or (
            image.format == "PNG" and not any(chunk in raw for chunk in _PNG_EXIF)
        ):
            return image.size
        return image.size[::-1] if orientation_of(image) >= 5 else image.size
    except UnidentifiedImageError as error:
        raise ValueError(_unknown(path)) from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{path} {TOO_LARGE}") from error
    except Exception as error:
        raise ValueError(f"{path} is damaged ({error}): copy it again") from error


def check_pixels(path: str | Path, size: tuple[int, int]) -> None:
    """Refuses images above Pillow's pixel limit, which also applies to other decoders here.

    Raises:
        ValueError: If it has more than twice ``PIL.Image.MAX_IMAGE_PIXELS``.
    """
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and size[0] * size[1] > 2 * limit:
        raise ValueError(f"{path} {TOO_LARGE}")


def orientation_of(image: Image.Image) -> int:
    """Orientation of the first row and column, from 1 to 8, as EXIF numbers it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:  # Damaged EXIF data is ignored, as viewers do.
        return 1
    return orientation if orientation in _TURNS else 1


def turned(image: Image.Image) -> Image.Image:
    """A decoded image, upright."""
    if image.format == "TIFF" or (turn := _TURNS.get(orientation_of(image))) is None:
        return image
    result = image.transpose(turn)
    result.format = image.format
    return result


def to_rgb(path: str | Path, image: Image.Image) -> np.ndarray:
    """Pixels (H, W, 3) uint8 of an image of up to 8 bits.

    Raises:
        ValueError: If its colours are of a kind that cannot be converted.
    """
    try:
        return np.array(image.convert("RGB"))
    except ValueError as error:
        raise ValueError(f"{path} has {image.mode} colours: save it as RGB") from error


def is_deep(image: Image.Image, raw: bytes) -> bool:
    """Whether a file holds more than 8 bits per channel."""
    if image.mode.startswith(("I", "F")):
        return True
    if image.format == "PNG":
        return raw[24] == 16  # Bit depth in the IHDR chunk.
    tags = getattr(image, "tag_v2", {})
    return max(tags.get(_BITS_PER_SAMPLE, (8,))) > 8


def deep_values(path: str | Path, raw: bytes) -> np.ndarray:
    """16-bit values (1 or 3, H, W), as they lie in the file; Pillow reduces those of colour to 8.

    Raises:
        ValueError: If they are of another depth.
    """
    try:
        deep = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError(f"{path} is damaged ({error.err}): copy it again") from error
    if deep is None or deep.dtype != np.uint16:
        raise ValueError(f"{path} has values that are not of 8 or 16 bits: save it with those")
    if deep.ndim == 2:
        return deep[None]
    return deep[..., 2::-1].transpose(2, 0, 1)  # OpenCV's order is BGR(A).


def _open(file: BytesIO) -> Image.Image:
    with warnings.catch_warnings():
        # Half of the limit that raises an error.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(file, formats=_KINDS)


def _unknown(path: str | Path) -> str:
    return (
        f"{path} is no image that can be read, or is cut short: copy it again, or convert it to "
        "PNG, JPEG or 8- or 16-bit TIFF"
    )
