"""Decoded and resized pairs, kept in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmrsicc.datasets.shared_arrays import SharedArrays
from mmrsicc.datasets.transforms.band_loading import LoadBands
from mmrsicc.datasets.transforms.geometry import ALIGNED, ResizePair
from mmrsicc.datasets.transforms.loading import LoadPair
from mmrsicc.registry import TRANSFORMS

_SHAPES = ("ori_shape", "img_shape")
#: Steps without chance.
_FIXED = (LoadPair, LoadBands, ResizePair)


@TRANSFORMS.register_module()
class KeptPair(BaseTransform):
    """The first steps of a pipeline, once per pair.

    They are :class:`LoadPair` or :class:`LoadBands`, and :class:`ResizePair`.

    Later epochs find the pixels in memory, exactly as they were. The workers of a data loader share
    one memory where they are forked, as on Linux; elsewhere each has its own. A file that changes
    during a training is not read again.

    Args:
        transforms: Configs of the steps.
        max_gib: Most GiB in memory. Pairs that do not fit are loaded each time. A pair of
            256 x 256 pixels takes 0.4 MiB, one of ten bands 5 MiB.

    Raises:
        ValueError: If a step is another, which may be random; if none loads, or no memory is given.
    """

    def __init__(self, transforms: Sequence[dict[str, Any]], max_gib: float = 4.0) -> None:
        self.steps = [TRANSFORMS.build(step) for step in transforms]
        other = [type(step).__name__ for step in self.steps if type(step) not in _FIXED]
        if other:
            raise ValueError(
                f"KeptPair keeps what LoadPair, LoadBands and ResizePair give, not {other[0]}, "
                "which may be random: put it behind KeptPair in the pipeline"
            )
        if not any(isinstance(step, LoadPair) for step in self.steps) or max_gib <= 0:
            raise ValueError(
                f"KeptPair: max_gib={max_gib}, {len(self.steps)} steps: give a step that loads "
                "(LoadPair or LoadBands) and more than 0 GiB"
            )
        self._kept = SharedArrays(int(max_gib * 2**30))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Adds pixels and shapes to ``results``."""
        paths = {key: value for key, value in results.items() if key.endswith("_path")}
        name = json.dumps(paths, sort_keys=True)
        kept = self._kept.get(name)
        if kept is None:
            for step in self.steps:
                results = step.transform(results)
            arrays = {key: results[key] for key in ALIGNED if key in results}
            shapes = {key: np.array(results[key]) for key in _SHAPES}
            told = np.frombuffer(json.dumps(results.get("radiometry")).encode(), np.uint8)
            self._kept.add(name, arrays | shapes | {"radiometry": told})
            return results
        known: dict[str, Any] = {key: tuple(kept.pop(key).tolist()) for key in _SHAPES}
        if (radiometry := json.loads(kept.pop("radiometry").tobytes())) is not None:
            known["radiometry"] = radiometry
        return {**results, **kept, **known}
