"""What an overlap means for a captioner's scores."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine import Config

from mmrsicc.utils.provenance import detector_source

#: Detection data sets that captioning data sets were most likely cut from. Not audited here:
#: LEVIR-CD's 637 pairs of 1024 x 1024 pixels give 10,192 tiles of 256 x 256, LEVIR-CC has 10,077
#: pairs of that size; WHU-CDC is said to be made of WHU-CD.
PRESUMED: dict[str, tuple[str, ...]] = {
    "LEVIR-CD": ("LEVIRCCDataset", "LEVIRMCIDataset"),
    "LEVIR-CD+": ("LEVIRCCDataset", "LEVIRMCIDataset"),
    "WHU-CD": ("WHUCDCDataset",),
}

#: Key of a config that names an audit.
AUDIT_KEY = "leakage_audit"


def leakage_warnings(cfg: Config) -> list[str]:
    """Whether the change detector of a captioner may have seen what the captioner is tested on.

    An audit that the config names (``leakage_audit = "work_dirs/leakage/leakage.json"``, made by
    ``tools/analysis_tools/leakage_audit.py``) decides. Without one, the detector's
    ``source_dataset`` is looked up among the pairs of data sets of which an overlap is presumed.

    Args:
        cfg: Config of a captioner and its test.

    Raises:
        FileNotFoundError: If the audit that is named is missing.
        ValueError: If it is no audit, or does not cover the split that is tested.
    """
    test = (cfg.get("test_dataloader") or {}).get("dataset") or {}
    if (audit := cfg.get(AUDIT_KEY)) is not None:
        return _audited(Path(audit), str(test.get("split", "test")))
    source = detector_source(cfg)
    kind = str(test.get("type")).rpartition(".")[2]
    presumed = [
        name for name in re.split(r"\s*[+,;&/]\s+", str(source)) if kind in PRESUMED.get(name, ())
    ]
    return [
        f"not a transfer result: the change detector was trained on {name}, of which the test "
        f"data ({kind}) are presumed to be tiles. Not audited: run "
        f"tools/analysis_tools/leakage_audit.py and name its file as {AUDIT_KEY}"
        for name in presumed
    ]


def _audited(path: Path, split: str) -> list[str]:
    content = _read(path)
    counts = content["splits"].get(split)
    if counts is None:
        raise ValueError(
            f"{path} covers {sorted(content['splits'])}, not split {split!r}: audit it with "
            f"tools/analysis_tools/leakage_audit.py --target-splits {split}"
        )
    if not counts["overlapping"]:
        return []
    return [
        f"not a transfer result: {counts['overlapping']} of {counts['pairs']} pairs of split "
        f"{split!r} show what the change detector was trained on ({path})"
    ]


def _read(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise FileNotFoundError(
            f"no leakage audit at {path}, which the config names as {AUDIT_KEY}: make it with "
            "tools/analysis_tools/leakage_audit.py, or remove the line"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content["splits"], dict):
            raise TypeError
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is no file of tools/analysis_tools/leakage_audit.py: name its leakage.json"
        ) from error
    return content
