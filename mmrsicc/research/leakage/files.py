"""Files of an audit: JSON, CSV, a list of pairs, a page."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmrsicc.research.leakage.audit import SAME, Audit, Match
from mmrsicc.research.leakage.page import audit_page
from mmrsicc.utils.files import atomic_path

#: Name of the file that a config names.
AUDIT_FILE = "leakage.json"


def write_audit(audit: Audit, folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Writes ``leakage.json``, ``matches.csv``, ``overlap.txt`` and ``leakage.html``.

    Args:
        audit: What was found.
        folder: Where to; made if need be.
        facts: What was compared and how: ``source``, ``target``, ``command`` and the like. Stands
            in the JSON file and on the page.

    Returns:
        What is in the JSON file.
    """
    content = {
        **facts,
        "threshold": SAME,
        "source_pairs": audit.source_pairs,
        "tiles": dict(zip(("source", "target"), audit.tiles, strict=True)),
        "featureless": dict(zip(("source", "target"), audit.featureless, strict=True)),
        "proposed": audit.proposed,
        "splits": {
            split: {"pairs": count, "overlapping": len(audit.overlapping[split])}
            for split, count in audit.pairs.items()
        },
        "dates": audit.dates,
        "overlapping": audit.overlapping,
        "matches": [_row(match) for match in audit.matches],
    }
    with atomic_path(folder / AUDIT_FILE) as path:
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    with (
        atomic_path(folder / "matches.csv") as path,
        path.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows(content["matches"])
    with atomic_path(folder / "overlap.txt") as path:
        listed = [f"{split}\t{p}\n" for split, ids in audit.overlapping.items() for p in ids]
        path.write_text("".join(listed), encoding="utf-8")
    with atomic_path(folder / "leakage.html") as path:
        path.write_text(audit_page(audit, facts), encoding="utf-8")
    return content


_COLUMNS = (
    "split",
    "pair_id",
    "date",
    "row",
    "column",
    "source_pair_id",
    "source_date",
    "source_row",
    "source_column",
    "ncc",
    "bits",
    "down",
    "right",
    "turns",
    "mirrored",
    "path",
    "source_path",
)


def _row(match: Match) -> dict[str, Any]:
    fit, target, source = match.fit, match.target, match.source
    values = (
        target.split,
        target.pair_id,
        target.date,
        match.target_tile.row,
        match.target_tile.column,
        source.pair_id,
        source.date,
        match.source_tile.row,
        match.source_tile.column,
        round(fit.ncc, 4),
        match.bits,
        fit.down,
        fit.right,
        fit.turns,
        fit.mirrored,
        target.path,
        source.path,
    )
    return dict(zip(_COLUMNS, values, strict=True))
