"""Outcome of captioning a pair of scenes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mmrsicc.scenes.dates import Dates
from mmrsicc.scenes.results import ChangeObject
from mmrsicc.scenes.shift import Shift
from mmrsicc.scenes.skipping import PrefilterCost
from mmrsicc.utils.files import atomic_path


@dataclass(frozen=True)
class SceneOutcome:
    """Outcome of captioning a pair of scenes.

    Attributes:
        captioner: What tells the captioner from others.
        width: Width of the first date in pixels.
        height: Height of the first date in pixels.
        dates: Days of the two dates, as far as they are known.
        gsd: Ground sampling distance in metres; None without coordinates.
        masker: What found the masks; None where tiles were captioned.
        tiles: Tiles by what became of them: "looked at", "no data", "identical", "prefilter".
        objects: Changes with their sentences; tiles where there are no masks.
        shift: What was measured before any correction; None where it cannot be.
        remarks: What the user should know about the pair.
        prefilter: What a prefilter would have cost; empty if there was one.
        seconds: What the blocks of this run took; None where other processes did them.
        tiles_per_second: Tiles of this run, looked at or skipped; None if all were done before.
        files: What was written.
        radiometry: How values became 8 bits, see :class:`mmrsicc.datasets.radiometry.Radiometry`.
    """

    captioner: str
    width: int
    height: int
    dates: Dates
    gsd: float | None
    masker: str | None
    tiles: Mapping[str, int]
    objects: Sequence[ChangeObject]
    shift: Shift | None
    remarks: Sequence[str]
    prefilter: Sequence[PrefilterCost]
    seconds: float | None
    tiles_per_second: float | None
    files: Sequence[Path]
    radiometry: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed_objects(self) -> int:
        """Objects whose sentences say that something changed."""
        return sum(found.changed for found in self.objects)

    @property
    def disagreeing(self) -> int:
        """Objects of which mask and sentence do not say the same."""
        return sum(found.disagrees for found in self.objects)

    def to_dict(self) -> dict[str, Any]:
        """Fields but the objects themselves, as plain values."""
        return {
            "captioner": self.captioner,
            "width": self.width,
            "height": self.height,
            "dates": list(self.dates),
            "gsd": self.gsd and float(f"{self.gsd:.4g}"),
            "masker": self.masker,
            "tiles": dict(self.tiles),
            "objects": len(self.objects),
            "changed_objects": self.changed_objects,
            "disagreeing": self.disagreeing,
            "shift": asdict(self.shift) if self.shift else None,
            "remarks": list(self.remarks),
            "prefilter": [asdict(cost) for cost in self.prefilter],
            "radiometry": dict(self.radiometry),
            "seconds": None if self.seconds is None else round(self.seconds, 3),
            "tiles_per_second": self.tiles_per_second,
            "files": [path.name for path in self.files],
        }


def write_summary(outcome: SceneOutcome, path: Path) -> None:
    """Writes :meth:`SceneOutcome.to_dict` as JSON."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(outcome.to_dict(), indent=2) + "\n", "utf-8")
