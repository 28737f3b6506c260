"""Change masks over images, coloured by class."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from mmrsicc.structures import IGNORED, is_changed
from mmrsicc.visualization.layout import Colour, beside, blank, flow, text_block

#: Colour of changed pixels in a mask without classes.
CHANGED: Colour = (225, 29, 72)
#: Colours of the classes of other masks, distinct from one another and from CHANGED.
PALETTE: tuple[Colour, ...] = (
    (22, 163, 74),
    (37, 99, 235),
    (6, 182, 212),
    (245, 158, 11),
    (147, 51, 234),
    (163, 230, 53),
    (244, 114, 182),
    (146, 64, 14),
    (15, 118, 110),
    (250, 204, 21),
)


@dataclass(frozen=True)
class MaskClass:
    """A class of a mask: its name in the legend and its colour."""

    name: str
    colour: Colour


def mask_classes(
    masks: Iterable[np.ndarray], names: Mapping[int, str] | None = None
) -> dict[int, MaskClass]:
    """Classes of change in some masks by id.

    A single one without a name is "changed"; several without names are called by their id.

    Args:
        masks: (H, W) masks of class ids.
        names: Names of classes by id. All get their colour, whether they are there or not, so
            that a class looks the same in every picture of a data set.

    Raises:
        ValueError: If there are more classes than colours.
    """
    found = sorted({int(v) for mask in masks for v in np.unique(mask)} - {0, IGNORED})
    if not names and len(found) <= 1:
        return {value: MaskClass("changed", CHANGED) for value in found}
    names = names or {}
    values = sorted({*found, *names})
    if len(values) > len(PALETTE):
        raise ValueError(
            f"the change masks have {len(values)} classes, but {len(PALETTE)} colours: "
            "load them with LoadPair(binary_mask=True)"
        )
    return {
        value: MaskClass(names.get(value, str(value)), colour)
        for value, colour in zip(values, PALETTE, strict=False)
    }


def paled(image: Image.Image) -> np.ndarray:
    """(H, W, 3) float32 pixels, light and nearly grey, for colours to stand out from."""
    pixels = np.asarray(image, np.float32)
    grey = pixels.mean(axis=2, keepdims=True)
    return 0.3 * pixels + 0.4 * grey + 0.3 * 255


def overlay(image: Image.Image, mask: np.ndarray, classes: Mapping[int, MaskClass]) -> Image.Image:
    """A paled image with the mask's classes in colour; the mask is scaled to the image."""
    # Reduced so that no changed pixel is lost.
    method = cv2.INTER_AREA if mask.shape[1] > image.width else cv2.INTER_NEAREST
    pixels = paled(image)
    for value, kind in classes.items():
        share = cv2.resize((mask == value).astype(np.float32), image.size, interpolation=method)
        region = share > 0
        inner = cv2.erode(region.astype(np.uint8), np.ones((3, 3), np.uint8)) == 1
        pixels[region] = 0.4 * pixels[region] + 0.6 * np.array(kind.colour)
        pixels[region & ~inner] = kind.colour
    return Image.fromarray(np.rint(pixels).astype(np.uint8))


def area(mask: np.ndarray) -> str:
    """Changed share of a mask, of what is not ignored, in words."""
    known = int(np.count_nonzero(mask != IGNORED))
    percent = 100 * int(np.count_nonzero(is_changed(mask))) / max(known, 1)
    if percent == 0:
        return "none"
    return f"{percent:.1f} % of the area" if percent >= 0.1 else "less than 0.1 % of the area"


def legend(classes: Mapping[int, MaskClass], width: int) -> Image.Image:
    """Colours and names of the classes."""
    entries = []
    for kind in classes.values():
        swatch = blank(16, 16)
        swatch.paste(kind.colour, (0, 0, 16, 16))
        name = text_block(kind.name, width - 24, size=14)
        entries.append(beside([swatch, name], 8, centred=True))
    return flow(entries, width, 20)
