"""Ground sampling distances of data sets."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

from mmrsicc.registry import DATASETS


def dataset_gsd(dataset: Mapping[str, Any] | None) -> tuple[float, float] | None:
    """Least and greatest ground sampling distance of a data set's images, in metres.

    It stands under ``gsd``, a number or two, in the ``metainfo`` of the config or else in the
    ``METAINFO`` of the data set's class. No class is imported for it.

    Args:
        dataset: Config of the data set, or what a checkpoint says of it.

    Returns:
        None where it is not known.
    """
    if dataset is None:
        return None
    kind = dataset.get("type")
    if isinstance(kind, str):
        kind = DATASETS.module_dict.get(kind.rpartition(".")[2])
    metainfo = dataset.get("metainfo")
    told = metainfo.get("gsd") if isinstance(metainfo, Mapping) else None
    return as_range(getattr(kind, "METAINFO", {}).get("gsd") if told is None else told)


def as_range(gsd: Any) -> tuple[float, float] | None:
    """Least and greatest distance from a number or two; None from anything else."""
    values = list(gsd) if isinstance(gsd, (list, tuple)) else [gsd]
    if len(values) not in (1, 2):
        return None
    if not all(isinstance(v, Real) and 0 < float(v) < float("inf") for v in values):
        return None
    return float(min(values)), float(max(values))
