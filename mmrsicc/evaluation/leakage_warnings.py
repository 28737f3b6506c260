"""Warnings about scores of pairs that a change detector was trained on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine import Config

from mmrsicc.utils.provenance import dataset_name, detector_sources
from mmrsicc.utils.text_files import read_json

#: Detection data sets that captioning data sets were most likely cut from, not audited here:
#: LEVIR-CD's 637 pairs of 1024 x 1024 pixels give 10,192 tiles of 256 x 256, LEVIR-CC has 10,077
#: pairs of that size; WHU-CDC is said to be made of WHU-CD, and SECOND-CC of SECOND.
PRESUMED: dict[str, tuple[str, ...]] = {
    "LEVIR-CD": ("LEVIR-CC", "LEVIR-CC, recovered part", "LEVIR-MCI"),
    "WHU-CD": ("WHU-CDC",),
    "SECOND": ("SECOND-CC",),
}

#: Config key that names an audit.
AUDIT_KEY = "leakage_audit"


def leakage_warnings(cfg: Config) -> list[str]:
    """Warnings if a captioner's change detector may have been trained on its test data.

    That knowledge comes from the data sets of its change detector, of its encoder's weights and of
    the masks that it is given. An audit of one of them against the tested data, which the config
    names (``leakage_audit = "work_dirs/leakage/leakage.json"``, made by
    ``mmrsicc leakage``), decides on it. Others are looked up among the pairs
    of data sets of which an overlap is presumed.

    Args:
        cfg: Config of a captioner and its test.

    Raises:
        FileNotFoundError: If the audit that is named is missing.
        ValueError: If it is no audit, or does not cover the split that is tested.
    """
    test = (cfg.get("test_dataloader") or {}).get("dataset") or {}
    target = dataset_name(test) if test else None
    path = cfg.get(AUDIT_KEY)
    audit = None if path is None else _read(Path(path))
    found = []
    for source in _sources(cfg):
        if audit is None:
            found += _presumed(source, target)
        elif (audit["source_dataset"], audit["target_dataset"]) == (source, target):
            found += _audited(audit, str(path), str(test.get("split", "test")))
        else:
            found.append(
                f"{path} compares {audit['source_dataset']} with {audit['target_dataset']}: it "
                f"says nothing of {source} and {target}"
            )
            found += _presumed(source, target)
    return found


def _sources(cfg: Config) -> list[str]:
    """Sources of a captioner's knowledge of change, from its config."""
    given_by = ((cfg.model.get("speaker") or {}).get("token_mask") or {}).get("given_by")
    masks = [] if given_by in (None, "ground truth") else [given_by]
    return list(dict.fromkeys([*detector_sources(cfg), *masks]))


def _presumed(source: str, target: str | None) -> list[str]:
    return [
        f"not a transfer result: what the model knows of change comes from {source}, and the test "
        f"data ({target}) are presumed to be tiles of {name}. Not audited: run "
        f"mmrsicc leakage and name its file as {AUDIT_KEY}"
        for name, targets in PRESUMED.items()
        if target in targets and _names(source, name)
    ]


def _names(text: str, name: str) -> bool:
    """Whether a text names a data set in some spelling, but not a captioning set made of it."""
    spelling = "[-_ ]?".join(map(re.escape, name.split("-")))
    return bool(re.search(rf"(?<![a-z0-9]){spelling}(?![a-z]|[-_ ]?CC)", text, re.IGNORECASE))


def _audited(audit: Mapping[str, Any], path: str, split: str) -> list[str]:
    counts = audit["splits"].get(split)
    if counts is None:
        raise ValueError(
            f"{path} covers {sorted(audit['splits'])}, not split {split!r}: audit it with "
            f"mmrsicc leakage --target-splits {split}"
        )
    if not counts["overlapping"]:
        return []
    return [
        f"not a transfer result: {counts['overlapping']} of {counts['pairs']} pairs of split "
        f"{split!r} show images of {audit['source_dataset']}, from which comes what the model "
        f"knows of change ({path})"
    ]


def _read(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise FileNotFoundError(
            f"no leakage audit at {path}, which the config names as {AUDIT_KEY}: make it with "
            "mmrsicc leakage, or remove the line"
        )
    try:
        content = read_json(path)
        if not isinstance(content["splits"], dict):
            raise TypeError
        content["source_dataset"], content["target_dataset"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is no leakage.json, or an older one: make it with mmrsicc leakage"
        ) from error
    return content
