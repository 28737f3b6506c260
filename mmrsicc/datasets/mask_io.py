"""Change masks from files: (H, W) uint8 of class ids, whatever the kind of the file."""

from pathlib import Path

import numpy as np
from PIL import Image

from mmrsicc.datasets.image_io import _is_deep, _open
from mmrsicc.datasets.mask_values import MaskClasses, MaskError, MaskValues, value_table
from mmrsicc.structures import IGNORED

#: TIFF tags.
_COMPRESSION, _PHOTOMETRIC, _NO_DATA = 259, 262, 42113
#: Maximum difference between the channels of a grey pixel in a JPEG file.
_JPEG_TOLERANCE = 8


def read_mask(
    path: str | Path, classes: MaskClasses | None = None, binary: bool = False
) -> np.ndarray:
    """Change mask as (H, W) uint8: 0 unchanged, 1 and on the classes, ``IGNORED`` not counted.

    Grey files count by their values, palettes by their grey; a coloured palette holds class ids
    where its first entry is black. ``{255: "changed"}`` also takes masks with grey edges: 128 and
    more is changed.

    Args:
        path: File to read.
        classes: ``mask_classes`` of the data set, the name of each value; None: the mask is binary.
        binary: Make one class, 1, of all that changed.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged.
        MaskError: If it is coloured, or its values fit neither classes nor a binary mask.
    """
    pixels, values = decode_mask(path, classes)
    return value_table(values, classes, path, binary)[pixels]


def decode_mask(
    path: str | Path, classes: MaskClasses | None = None
) -> tuple[np.ndarray, MaskValues]:
    """Values of a mask file as (H, W) uint8, and what the file says of them.

    Args:
        path: The file.
        classes: As for :func:`read_mask`; they tell what a palette's indices are.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged.
        MaskError: If its pixels are no grey values from 0 to 255.
    """
    image, raw = _open(path)
    tags = getattr(image, "tag_v2", {})
    lossy = _is_lossy(image, raw)
    one_bit = image.mode == "1" or image.info.get("one_bit", False)
    if one_bit:
        pixels = (np.array(image) > 0).astype(np.uint8)
    elif image.mode == "L":
        pixels = np.array(image)
    elif image.mode.startswith(("I", "F")):
        if tags.get(_PHOTOMETRIC) == 0:
            raise MaskError(f"{path} is white where it is 0: save it as 8-bit grey PNG")
        pixels = _bytes(np.array(image), path)
    elif image.mode == "P":
        pixels = _palette_values(image, path, classes or {})
    else:
        if _is_deep(image, raw):
            raise MaskError(f"{path} has 16-bit colours: save its mask as 8-bit grey PNG")
        pixels = grey(np.array(image.convert("RGBA")), path, lossy)
    return pixels, MaskValues(
        counts=np.bincount(pixels.ravel(), minlength=256),
        lossy=lossy,
        one_bit=one_bit,
        no_data=image.info.get("nodata") == 255 or _text(tags.get(_NO_DATA)) == "255",
    )


def grey(pixels: np.ndarray, path: str | Path, lossy: bool = False) -> np.ndarray:
    """The grey of (H, W, 3 or 4) uint8 pixels, (H, W).

    Raises:
        MaskError: If a pixel is coloured, or not opaque.
    """
    colours = pixels[..., :3]
    spread = colours.max(-1) - colours.min(-1)
    if (coloured := spread > (_JPEG_TOLERANCE if lossy else 0)).any():
        raise MaskError(
            f"{path} is coloured, such as {tuple(colours[coloured][0].tolist())}, and which colour "
            "is changed is not known: save the mask in grey, 255 where changed and 0 elsewhere"
        )
    if (pixels[..., 3:] != 255).any():
        raise MaskError(
            f"{path} is transparent in part: save the mask in grey without an alpha channel"
        )
    return np.ascontiguousarray(pixels[..., 0])


def _palette_values(image: Image.Image, path: str | Path, classes: MaskClasses) -> np.ndarray:
    """Greys of a grey palette; class ids of a coloured one.

    A mask that lacks the coloured classes uses only black and white of its palette: it holds ids
    all the same if they are ``classes``.
    """
    indices = np.array(image)
    entries = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(entries)] = entries
    used = np.unique(indices)
    colours = palette[used]
    # Palettes of class ids may end before 255, which is ignored, or be filled up with black.
    colourless = used[-1] >= len(entries) or not (used[-1] < IGNORED or palette[[0, -1]].any())
    coloured = (palette != palette[:, :1]).any()
    known = {0, IGNORED, *map(int, classes)}
    ids = coloured and set(used.tolist()) <= known and not palette[0].any()
    if not colourless and not ids and (colours == colours[:, :1]).all():
        return grey(np.array(image.convert("RGBA")), path)
    # As in Pascal VOC and in what `mmrsicc caption --masks` writes: ids on a black background.
    if palette[0].any() or not palette[used[(used > 0) & (used != IGNORED)]].any(axis=1).all():
        raise MaskError(
            f"{path} has a coloured palette whose first entry is {tuple(palette[0].tolist())}, or "
            "which is black elsewhere, so its indices are no class ids: save the mask in grey, 255 "
            "where changed and 0 elsewhere"
        )
    return indices


def _bytes(pixels: np.ndarray, path: str | Path) -> np.ndarray:
    """Integers or floats as uint8, where they are whole numbers of that range."""
    present = np.unique(pixels)
    if set(present.tolist()) == {0, 65535} or present.tolist() == [65535]:
        return (pixels > 0).astype(np.uint8) * 255  # Changed is white.
    if not np.isin(present, np.arange(256)).all():
        kind = "numbers from" if pixels.dtype.kind == "f" else "16-bit values from"
        raise MaskError(
            f"{path} has {kind} {present[0]} to {present[-1]}, which are no class ids: save the "
            "mask as 8-bit grey PNG, probabilities after a threshold"
        )
    return pixels.astype(np.uint8)


def _text(tag: object) -> str:
    return str(tag).strip("\0 ")


def _is_lossy(image: Image.Image, raw: bytes) -> bool:
    """Whether the file's compression changes values."""
    if image.info.get("lossy"):
        return True
    if image.format == "WEBP":
        return b"VP8L" not in raw[:4096]
    compression = getattr(image, "tag_v2", {}).get(_COMPRESSION)
    return image.format in ("JPEG", "MPO") or compression in (6, 7)
