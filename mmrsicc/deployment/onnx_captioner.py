"""Captions pairs with an exported model: NumPy, OpenCV and onnxruntime, no PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmrsicc.deployment.settings import read_settings
from mmrsicc.utils.extras import import_extra
from mmrsicc.utils.many_bands import by_bands
from mmrsicc.utils.pair_arrays import check_pair_arrays

#: The graphs of an exported model. Its settings are written last: a folder with them is complete.
ENCODER_FILE, STEP_FILE = "encoder.onnx", "step.onnx"


@dataclass
class OnnxCaption:
    """Caption of one pair.

    Attributes:
        caption: The sentence.
        score: Its length-normalised log-probability, natural logarithm.
        mask: (H, W) uint8 change mask at the size of the images, 0 for unchanged, else the class's
            id; None if the model has neither a mask head nor a change detector that gives one.
    """

    caption: str
    score: float
    mask: NDArray[np.uint8] | None = None


class OnnxCaptioner:
    """Greedy captions of pairs, the same as those of the PyTorch model that was exported.

    Args:
        folder: What ``mmrsicc export`` wrote.
        threads: Threads of onnxruntime; all cores if None.

    Raises:
        FileNotFoundError: If the folder holds no complete model.
        ValueError: If it was written in another format, or settings or graphs are damaged.
        ImportError: If onnxruntime is not installed.
    """

    def __init__(self, folder: str | Path, threads: int | None = None) -> None:
        self.settings = read_settings(Path(folder))
        self._encoder = _session(Path(folder) / ENCODER_FILE, threads)
        self._step = _session(Path(folder) / STEP_FILE, threads)
        self._outputs = [output.name for output in self._encoder.get_outputs()]
        names = [given.name for given in self._step.get_inputs()]
        self._memory = [name for name in names if name.startswith("memory")]
        self._past = [name for name in names if name.startswith("past")]
        self._check_graphs(Path(folder))

    def _check_graphs(self, folder: Path) -> None:
        """Checks that the two graphs and the words belong together."""
        given = [given.name for given in self._encoder.get_inputs()]
        logits, *grown = self._step.get_outputs()
        words = logits.shape[-1] if logits.shape else None
        if (
            given != (["before", "after"] if "bands" in self.settings else ["pairs"])
            or not self._memory
            or not set(self._memory) <= set(self._outputs)
            or not len(self._memory) == len(self._past) == len(grown)
            or words != len(self.settings["words"])
        ):
            raise ValueError(
                f"{folder}: {ENCODER_FILE}, {STEP_FILE} and the settings are not from one export: "
                "copy the whole folder, or export the model again"
            )

    def __call__(
        self, pairs: Sequence[tuple[NDArray, NDArray]], batch_size: int = 16
    ) -> list[OnnxCaption]:
        """Captions pairs, in their order.

        Args:
            pairs: Images before and after, each (H, W, 3) uint8 RGB; of a model that reads bands
                (``settings["bands"]``), each (H, W, C_t) as its pipeline reads them. They may have
                any size that both dates share, and are resized as that pipeline resizes them.
            batch_size: Pairs that go through the model together.

        Raises:
            ValueError: If a pair is no such pair, or ``batch_size`` < 1.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, got {batch_size}")
        captions: list[OnnxCaption] = []
        for first in range(0, len(pairs), batch_size):
            captions += self._caption(pairs[first : first + batch_size])
        return captions

    def _caption(self, pairs: Sequence[tuple[NDArray, NDArray]]) -> list[OnnxCaption]:
        resized = [self._resized(before, after) for before, after in pairs]
        if "bands" in self.settings:
            dates = zip(*resized, strict=True)
            inputs = dict(zip(("before", "after"), map(np.stack, dates), strict=True))
        else:
            inputs = {"pairs": np.stack([np.stack(pair) for pair in resized])}
        outputs = dict(zip(self._outputs, self._encoder.run(None, inputs), strict=True))
        ids, scores = self._greedy({name: outputs[name] for name in self._memory})
        captions = [
            OnnxCaption(self._sentence(words), score)
            for words, score in zip(ids, scores, strict=True)
        ]
        if "mask_logits" in outputs:
            for caption, logits, (image, _) in zip(
                captions, outputs["mask_logits"], pairs, strict=True
            ):
                caption.mask = _mask(logits, image.shape)
        return captions

    def _resized(self, before: NDArray, after: NDArray) -> list[NDArray]:
        """(C, h, w) of each date at the model's size, by the arithmetic of ``ResizePair``."""
        bands = self.settings.get("bands")
        check_pair_arrays(before, after, any_bands=bands is not None)
        if bands is not None:
            if (found := [image.shape[2] for image in (before, after)]) != list(bands):
                raise ValueError(f"the dates have {found} bands, the model reads {list(bands)}")
            before, after = before.astype(np.float32), after.astype(np.float32)
        height, width = self.settings["size"]
        resize = partial(cv2.resize, dsize=(width, height), interpolation=cv2.INTER_LINEAR)
        images: list[NDArray] = []
        for image in (before, after):
            images.append(by_bands(resize, image).transpose(2, 0, 1))
        return images

    def _greedy(self, memory: Mapping[str, NDArray]) -> tuple[list[list[int]], list[float]]:
        """Ids and score of each sentence; finished ones leave the batch, as in GreedySearch."""
        batch, heads, _, channels = memory[self._memory[0]].shape
        past = {name: np.zeros((batch, heads, 0, channels), np.float32) for name in self._past}
        last = np.full(batch, self.settings["start_id"])
        rows = np.arange(batch)
        ids: list[list[int]] = [[] for _ in range(batch)]
        totals = np.zeros(batch, np.float32)
        for _ in range(self.settings["max_length"]):
            logits, *grown = self._step.run(None, {"ids": last, **memory, **past})
            past = dict(zip(self._past, grown, strict=True))
            last = logits.argmax(axis=1)
            # The log-softmax of the largest logit.
            totals[rows] -= np.log(np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1))
            for row, word in zip(rows, last, strict=True):
                ids[row].append(int(word))
            going = last != self.settings["end_id"]
            if not going.any():
                break
            if not going.all():
                rows, last = rows[going], last[going]
                memory = {name: kept[going] for name, kept in memory.items()}
                past = {name: kept[going] for name, kept in past.items()}
        if not np.isfinite(totals).all():
            raise ValueError(
                f"pair {int(np.isfinite(totals).argmin()) + 1} of a batch has a score that is not "
                "finite: fill pixels without data (NaN) first"
            )
        lengths = np.array([len(words) for words in ids])
        return ids, (totals / lengths ** self.settings["length_penalty"]).tolist()

    def _sentence(self, ids: Sequence[int]) -> str:
        """Words of ids in lower case; the end and the other special entries say nothing."""
        silent, words = set(self.settings["special_ids"]), self.settings["words"]
        return " ".join(words[i] for i in ids if i not in silent).lower()


def _session(path: Path, threads: int | None) -> Any:
    onnxruntime = import_extra("onnxruntime")
    if not path.is_file():
        raise FileNotFoundError(f"no {path}: copy the whole folder, or export the model again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common base class.
        raise ValueError(
            f"{path} cannot be run ({str(error).splitlines()[0]:.200}): export the model again"
        ) from error


def _mask(logits: NDArray, shape: Sequence[int]) -> NDArray[np.uint8]:
    """(C, h, w) logits to class ids at the image's size, as the PyTorch inferencer makes them."""
    whole = [cv2.resize(scores, (shape[1], shape[0])) for scores in logits]
    return np.argmax(whole, axis=0).astype(np.uint8)
