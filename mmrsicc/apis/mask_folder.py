"""A folder of predicted change masks, all of one model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmrsicc.utils import atomic_path
from mmrsicc.utils.text_files import read_json

#: What a mask depends on, of :func:`mmrsicc.apis.caption_log.captioning_facts`.
_FACTS = ("mmrsicc", "checkpoint", "model")


def mask_path(folder: Path, name: str) -> Path:
    """File of a pair's mask."""
    return folder / f"{name}.png"


def claim_masks(folder: Path, facts: Mapping[str, Any], names: Iterable[str]) -> None:
    """Records in a folder which model its masks are of, or refuses what is there.

    Masks are written over those of an earlier run, so they must be this model's, and no images.

    Args:
        folder: Of the masks.
        facts: From :func:`mmrsicc.apis.caption_log.captioning_facts`.
        names: Of the pairs.

    Raises:
        ValueError: The folder holds masks of another model, or other files of their names.
    """
    record, wanted = folder / "masks.json", {name: facts[name] for name in _FACTS}
    if record.is_file():
        if read_json(record) != wanted:
            raise ValueError(
                f"{folder} holds masks of another model or version of mmrsicc: choose another "
                "--masks"
            )
        return
    for path in (mask_path(folder, name) for name in names):
        if path.exists():
            raise ValueError(
                f"{path} is there and would be overwritten by a mask: choose another --masks"
            )
    with atomic_path(record) as temporary:
        temporary.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
