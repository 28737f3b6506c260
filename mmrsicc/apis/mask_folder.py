"""A folder of predicted change masks, all of one model or of ``mmrsicc detect``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from PIL import Image

from mmrsicc.apis.caption_log import Pair, place_of
from mmrsicc.apis.caption_result import CaptionResult
from mmrsicc.utils import atomic_path
from mmrsicc.utils.text_files import read_json

#: What a captioner's mask depends on, of :func:`mmrsicc.apis.caption_log.captioning_facts`.
MASK_FACTS = ("mmrsicc", "checkpoint", "model")


def mask_path(folder: Path, name: str) -> Path:
    """File of a pair's mask."""
    return folder / f"{name}.png"


def mask_image(result: CaptionResult) -> Image.Image:
    """A mask whose pixels are class ids, shown in the colours of the package's pictures.

    Raises:
        ValueError: The model predicts none.
    """
    from mmrsicc.visualization.overlay import PALETTE

    if result.mask is None:
        raise ValueError(
            "--masks: the model predicts no masks: take one with a change detector or a mask head"
        )
    # With fewer than 256 colours Pillow stores fewer bits, into which not every id fits.
    colours = [(0, 0, 0), *islice(cycle(PALETTE), 255)]
    image = Image.fromarray(result.mask)
    image.putpalette([value for colour in colours for value in colour])
    return image


def claim_masks(folder: Path, facts: Mapping[str, Any], masks: Mapping[Path, Pair]) -> None:
    """Records in a folder what its masks, or their scores, are of, or refuses what is there.

    Masks are written over those of an earlier run, so these must be of the same pairs and found in
    the same way, and no other files.

    Args:
        folder: Of the masks.
        facts: What finds the masks, as plain values.
        masks: Pair of each mask that is to be written, by the mask's file.

    Raises:
        ValueError: The folder holds masks of another model or of other pairs, or other files of
            their names.
    """
    record = folder / "masks.json"
    pairs = _recorded_pairs(record, facts) if record.is_file() else {}
    for path, pair in masks.items():
        name, images = path.relative_to(folder).as_posix(), [str(place_of(file)) for file in pair]
        if name not in pairs and path.exists():
            raise ValueError(
                f"{path} is there and would be overwritten by a mask: choose another folder"
            )
        if pairs.setdefault(name, images) != images:
            raise ValueError(
                f"{path} is the mask of other images, {' and '.join(pairs[name])}: choose another "
                "folder"
            )
    with atomic_path(record) as temporary:
        content = {**facts, "pairs": pairs}
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _recorded_pairs(record: Path, facts: Mapping[str, Any]) -> dict[str, list[str]]:
    """Images of each mask that earlier runs of the same facts wrote.

    Raises:
        ValueError: They were found in another way.
    """
    written = read_json(record)
    pairs = written.pop("pairs", None) if isinstance(written, dict) else None
    if not isinstance(pairs, dict) or written != facts:
        raise ValueError(
            f"{record.parent} holds masks of another model, other options or another version of "
            "mmrsicc: choose another folder"
        )
    return pairs
