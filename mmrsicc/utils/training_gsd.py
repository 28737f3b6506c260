"""Ground sample distance of the pixels that a model was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from mmrsicc.registry import DATASETS


@dataclass(frozen=True)
class TrainingGsd:
    """Ground sampling distances of a training set, of images as the model is given them.

    Attributes:
        least: Least distance in metres per pixel.
        greatest: Greatest distance in metres per pixel.
        source: Where that is known from.
    """

    least: float
    greatest: float
    source: str

    def __str__(self) -> str:
        ends = dict.fromkeys(f"{end:g}" for end in (self.least, self.greatest))
        return f"{' to '.join(ends)} m ({self.source})"

    @classmethod
    def from_record(cls, record: Any) -> TrainingGsd | None:
        """Distance in a checkpoint, as ``dataclasses.asdict`` wrote it; None if there is none."""
        if not isinstance(record, Mapping) or not isinstance(record.get("source"), str):
            return None
        return cls._of([record.get("least"), record.get("greatest")], record["source"])

    @classmethod
    def of_dataset(cls, dataset: Any) -> TrainingGsd | None:
        """Distance of a data set: ``gsd`` of its metainfo, a number or two.

        Args:
            dataset: Its config, or what a checkpoint says of it. ``metainfo`` there comes before
                the class's ``METAINFO``; no class is imported for it.

        Returns:
            None where neither says anything.
        """
        if not isinstance(dataset, Mapping):
            return None
        kind, own = dataset.get("type"), dataset.get("metainfo")
        if isinstance(kind, str):
            kind = DATASETS.module_dict.get(kind.rpartition(".")[2])
        known = getattr(kind, "METAINFO", {})
        told = cls._of(own.get("gsd"), "by its config") if isinstance(own, Mapping) else None
        return told or cls._of(known.get("gsd"), f"the images of {known.get('dataset_name')}")

    @classmethod
    def _of(cls, gsd: Any, source: str) -> TrainingGsd | None:
        values = list(gsd) if isinstance(gsd, (list, tuple)) else [gsd]
        if len(values) not in (1, 2):
            return None
        if not all(isinstance(v, Real) and 0 < float(v) < float("inf") for v in values):
            return None
        return cls(float(min(values)), float(max(values)), source)
