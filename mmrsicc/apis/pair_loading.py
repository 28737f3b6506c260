"""Loading of pairs to tensors, in threads ahead of the model."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from mmrsicc.apis.caption_result import CaptionResult
from mmrsicc.datasets.transforms import LoadBands, LoadPair
from mmrsicc.utils.pair_arrays import check_pair_arrays

_THREADS = 4


@dataclass
class LoadedPair:
    """A pair loaded for the model.

    Attributes:
        result: To be filled in; has an ``error`` if the pair is broken.
        inputs: Images of both dates, (C, H, W) each, at the model's size; None if the pair is
            broken.
        ori_shape: (H, W) of the images.
        img_shape: (H, W) of ``inputs``.
    """

    result: CaptionResult
    inputs: tuple[Tensor, Tensor] | None = None
    ori_shape: tuple[int, int] = (0, 0)
    img_shape: tuple[int, int] = (0, 0)


class PairLoader:
    """Loads pairs of paths or arrays by a model's pipeline.

    Args:
        steps: Transforms of the pipeline; those behind its ``LoadPair`` take arrays too.
    """

    def __init__(self, steps: Sequence[Callable[[Any], Any]]) -> None:
        self._steps = steps

    def load_ahead(
        self, pairs: Iterable[Any], ahead: int, skip_broken: bool = True
    ) -> Iterator[LoadedPair]:
        """Loads in threads what comes next while earlier pairs are in use.

        Args:
            pairs: Taken one by one, as they are needed.
            ahead: Most pairs that are loaded and not in use.
            skip_broken: Report a broken pair in its result instead of raising its error.

        Raises:
            OSError, ValueError: As :meth:`load`.
        """
        with ThreadPoolExecutor(_THREADS) as pool:
            waiting: deque[Future[LoadedPair]] = deque()
            try:
                for pair in pairs:
                    waiting.append(pool.submit(self.load, pair, skip_broken))
                    if len(waiting) >= ahead:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def load(self, pair: Any, skip_broken: bool = True) -> LoadedPair:
        """Loads one pair.

        Raises:
            ValueError: If it is no pair at all; if it is broken and ``skip_broken`` is False.
            OSError: If a file cannot be read and ``skip_broken`` is False.
        """
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            count = f" of {len(pair)}" if isinstance(pair, (tuple, list)) else ""
            raise ValueError(f"each pair is (before, after), got {type(pair).__name__}{count}")
        before, after = (None if isinstance(i, np.ndarray) else str(i) for i in pair)
        result = CaptionResult(before, after)
        try:
            packed = self._packed(*pair)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            if not skip_broken:
                raise
            result.error = str(error)
            return LoadedPair(result)
        sample = packed["data_samples"]
        result.radiometry = sample.metainfo.get("radiometry")
        return LoadedPair(result, packed["inputs"], sample.ori_shape, sample.img_shape)

    def _packed(self, before: Any, after: Any) -> dict[str, Any]:
        """The pipeline's output; arrays skip its loading transform."""
        steps = self._steps
        record: dict[str, Any]
        if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
            any_bands = any(isinstance(step, LoadBands) for step in steps)
            check_pair_arrays(before, after, any_bands)
            if any_bands:
                before, after = before.astype(np.float32), after.astype(np.float32)
            shape = before.shape[:2]
            record = {"before": before, "after": after, "ori_shape": shape, "img_shape": shape}
            steps = [step for step in steps if not isinstance(step, LoadPair)]
        elif isinstance(before, (str, Path)) and isinstance(after, (str, Path)):
            record = {"before_path": str(before), "after_path": str(after)}
        else:
            kinds = f"{type(before).__name__} and {type(after).__name__}"
            raise ValueError(f"a pair is two paths or two arrays, got {kinds}")
        for step in steps:
            record = step(record)
        return record
