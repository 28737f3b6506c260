"""Images and semantic maps from files, the same way for training, verification and inference."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

#: Suffixes by which images in a folder are known.
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})

_BITS_PER_SAMPLE = 258  # TIFF tag


def read_image(path: str | Path, max_value: int = 65535) -> np.ndarray:
    """Image of a PNG, JPEG or TIFF file as (H, W, 3) uint8 RGB.

    Grey images get three equal channels, an alpha channel is dropped, and 16-bit values are scaled
    to 8 bits.

    Args:
        path: File to read.
        max_value: 16-bit value that becomes 255; larger ones are clipped. Sentinel-2 reflectances,
            for one, are best seen with 3000 or so.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, cut short or of an unknown kind.
    """
    image, raw = _open(path)
    if not _is_deep(image, raw):
        return np.array(image.convert("RGB"))
    # Pillow reduces 16-bit colour to 8 bits before max_value could be heard.
    deep = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.dtype != np.uint16:
        raise ValueError(f"{path} has {image.mode} pixels: convert it to 8- or 16-bit RGB")
    if deep.ndim == 2:
        deep = np.repeat(deep[..., None], 3, axis=2)
    rgb = deep[..., 2::-1]  # OpenCV's order is BGR(A).
    return np.rint(np.minimum(rgb / max_value, 1.0) * 255).astype(np.uint8)


def read_class_map(
    path: str | Path, colours: Mapping[str, Sequence[int]] | None = None
) -> np.ndarray:
    """Semantic map as (H, W) uint8 class ids.

    Args:
        path: File to read.
        colours: RGB of each class by its name, in order of id; None: the file's first channel
            holds the ids.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, cut short or of an unknown kind, or has a colour of no class.
    """
    if colours is None:
        image, _ = _open(path)
        ids = np.array(image)
        if ids.min() < 0 or ids.max() > 255:
            raise ValueError(f"{path} has values up to {ids.max()}: class ids go from 0 to 255")
        return np.ascontiguousarray(ids if ids.ndim == 2 else ids[..., 0]).astype(np.uint8)
    pixels = read_image(path)
    classes = np.full(pixels.shape[:2], 255, np.uint8)
    for i, colour in enumerate(colours.values()):
        classes[(pixels == np.array(colour, np.uint8)).all(axis=-1)] = i
    if (unknown := classes == 255).any():
        raise ValueError(
            f"{path} has {unknown.sum()} pixels in colours of no class, such as "
            f"{tuple(pixels[unknown][0].tolist())}: add it to semantic_classes in the data set's "
            "metainfo, or take the map as it was published"
        )
    return classes


def _open(path: str | Path) -> tuple[Image.Image, bytes]:
    """Decoded image and the bytes of its file.

    Pillow, not OpenCV: it raises where a file is cut short; OpenCV may return half an image.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no image at {path}: complete the folder or drop the pair")
    raw = path.read_bytes()
    try:
        image = Image.open(BytesIO(raw))
        image.load()
    except UnidentifiedImageError as error:
        raise ValueError(
            f"{path} is no image that can be read, or is cut short: copy it again, or convert it "
            "to PNG, JPEG or 8- or 16-bit TIFF"
        ) from error
    except (OSError, SyntaxError) as error:  # Pillow's PNG reader raises SyntaxError.
        raise ValueError(f"{path} is damaged ({error}): copy it again") from error
    return image, raw


def _is_deep(image: Image.Image, raw: bytes) -> bool:
    """Whether a file holds more than 8 bits per channel."""
    if image.mode.startswith(("I", "F")):
        return True
    if image.format == "PNG":
        return raw[24] == 16  # Bit depth in the IHDR chunk.
    tags = getattr(image, "tag_v2", {})
    return max(tags.get(_BITS_PER_SAMPLE, (8,))) > 8
