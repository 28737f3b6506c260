"""The images of pairs, from a data set or a folder, for embedding in a page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmrsicc.datasets.image_io import ReadPictures, read_image, read_pictures
from mmrsicc.datasets.image_suffixes import IMAGE_SUFFIXES
from mmrsicc.datasets.mask_io import decode_mask
from mmrsicc.datasets.mask_values import MaskClasses, class_names, value_table
from mmrsicc.datasets.published_masks import published_classes
from mmrsicc.utils.data_uri import data_uri
from mmrsicc.visualization.overlay import MaskClass, area, overlay
from mmrsicc.visualization.overlay import mask_classes as colours_of

#: Longest side of an image in a page, in pixels.
EDGE = 256


@dataclass(frozen=True)
class PairFiles:
    """Files of one pair; those that are not known are None.

    Attributes:
        before: Of the first date.
        after: Of the second date.
        mask: Of the change.
        read: Reads both dates.
    """

    before: Path | None = None
    after: Path | None = None
    mask: Path | None = None
    read: ReadPictures = field(default=read_pictures, compare=False)


#: Finds the files of a pair by its id.
FindFiles = Callable[[str], PairFiles]
#: Draws a pair by its id, as :func:`~mmrsicc.visualization.pair_picture` does.
DrawPair = Callable[[str], Image.Image]


@dataclass(frozen=True)
class PairImages:
    """Images of a pair as data URIs by what they show, and what the colours of its mask mean."""

    uris: dict[str, str]
    legend: list[MaskClass]


def files_of_dataset(
    records: Iterable[Mapping[str, Any]], read: ReadPictures = read_pictures
) -> FindFiles:
    """Files as a data set's records name them (``before_path``, ``after_path``, ``mask_path``).

    Args:
        records: Of the data set.
        read: Reads both dates as the data set's pipeline does.
    """
    files = {
        record["pair_id"]: PairFiles(
            Path(record["before_path"]),
            Path(record["after_path"]),
            Path(record["mask_path"]) if record.get("mask_path") else None,
            read,
        )
        for record in records
    }
    return lambda pair_id: files.get(pair_id, PairFiles())


def files_of_folder(root: str | Path) -> FindFiles:
    """Files below a folder in LEVIR-CC's layout: ``A``, ``B`` and ``label``, or those per split.

    Raises:
        FileNotFoundError: There is no folder ``A`` in it or in one of its folders.
        ValueError: On finding: a pair's images lie in several of these.
    """
    root = Path(root)
    bases = [folder.parent for folder in (root / "A", *sorted(root.glob("*/A"))) if folder.is_dir()]
    if not bases:
        raise FileNotFoundError(
            f"neither {root} nor a folder in it has a folder A: name the folder of the images"
        )

    def find(pair_id: str) -> PairFiles:
        found = {base: _first(base, "A", pair_id) or _first(base, "B", pair_id) for base in bases}
        holding = [base for base, path in found.items() if path is not None]
        if len(holding) > 1:
            raise ValueError(
                f"pair {pair_id!r:.80} is in {holding[0]} and in {holding[1]}: name the folder of "
                "the split that was tested"
            )
        if not holding:
            return PairFiles()
        before, after, mask = (_first(holding[0], name, pair_id) for name in ("A", "B", "label"))
        return PairFiles(before, after, mask)

    return find


def _first(base: Path, folder: str, pair_id: str) -> Path | None:
    paths = (base / folder / (pair_id + suffix) for suffix in sorted(IMAGE_SUFFIXES))
    return next((path for path in paths if path.is_file()), None)


def pair_images(files: PairFiles, mask_classes: MaskClasses | None = None) -> PairImages:
    """Both dates and the mask over the second, as far as there are any, small enough for a page.

    Args:
        files: Of the pair.
        mask_classes: Of the data set, the name of each value in its masks; None: each is binary,
            LEVIR-MCI's or SynthCC's.

    Raises:
        ValueError: An image is damaged, or what a mask means is not certain; names the file.
    """
    images = {name: _shrunk(Image.fromarray(pixels)) for name, pixels in _dates(files).items()}
    legend: list[MaskClass] = []
    if files.mask is not None and "after" in images:
        pixels, values = decode_mask(files.mask, mask_classes)
        if mask_classes is None:
            mask_classes = published_classes(values)
        mask = value_table(values, mask_classes, files.mask)[pixels]
        classes = colours_of([mask], class_names(mask_classes))
        images[f"changed: {area(mask)}"] = overlay(images["after"], mask, classes)
        present = set(np.unique(mask).tolist())
        legend = [kind for value, kind in classes.items() if value in present]
    return PairImages({name: data_uri(image) for name, image in images.items()}, legend)


def _dates(files: PairFiles) -> dict[str, np.ndarray]:
    """Pixels of the dates whose files are known."""
    if files.before is not None and files.after is not None:
        before, after = files.read(files.before, files.after)
        return {"before": before, "after": after}
    known = {"before": files.before, "after": files.after}
    return {name: read_image(path) for name, path in known.items() if path is not None}


def _shrunk(image: Image.Image) -> Image.Image:
    factor = min(1.0, EDGE / max(image.size))
    width, height = (max(round(side * factor), 1) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)
