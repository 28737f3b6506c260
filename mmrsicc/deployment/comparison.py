"""An exported model beside the PyTorch model that it came from."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mmrsicc.apis import ChangeCaptionInferencer
from mmrsicc.deployment.onnx_captioner import OnnxCaptioner


def torch_counterpart(
    captioner: OnnxCaptioner, config: str | Path, checkpoint: str | Path
) -> ChangeCaptionInferencer:
    """The PyTorch model on the CPU, greedy and without a change decision, as the exported one."""
    limits = {key: captioner.settings[key] for key in ("max_length", "length_penalty")}
    counterpart = ChangeCaptionInferencer(
        config, checkpoint, "cpu", decoding={"type": "GreedySearch", **limits}
    )
    counterpart.model.speaker.set_decision(None)
    return counterpart


def seconds_per_pair(
    captioner: OnnxCaptioner,
    reference: ChangeCaptionInferencer,
    pairs: Sequence[tuple[NDArray, NDArray]],
    batch_size: int,
    repeats: int,
) -> tuple[float, float]:
    """Median seconds per pair of PyTorch and of ONNX, from images in memory to sentences.

    The two take turns, so that another load of the machine meets both alike.

    Args:
        captioner: The exported model.
        reference: From :func:`torch_counterpart`.
        pairs: Images (H, W, 3) uint8 RGB at the model's size.
        batch_size: Pairs per forward.
        repeats: Timed turns of each, after one that is not.
    """
    model: Any = reference.model
    dates = [torch.from_numpy(np.stack(date)).movedim(-1, 1) for date in zip(*pairs, strict=True)]

    def torch_run() -> None:
        for first in range(0, len(pairs), batch_size):
            batch = [date[first : first + batch_size].contiguous() for date in dates]
            model.test_step({"inputs": batch})

    def onnx_run() -> None:
        captioner(pairs, batch_size)

    with torch.no_grad():
        turns = [(_seconds(torch_run), _seconds(onnx_run)) for _ in range(repeats + 1)]
    medians = [statistics.median(times) / len(pairs) for times in zip(*turns[1:], strict=True)]
    return medians[0], medians[1]


def _seconds(function: Callable[[], None]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
