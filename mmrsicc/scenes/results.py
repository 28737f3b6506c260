"""Results of tiles."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from math import inf
from types import NoneType
from typing import Any, Protocol

import cv2
import numpy as np
from PIL import Image

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.utils.text_files import parse_json


class Captioned(Protocol):
    """Caption of a pair; ``mmrsicc.apis.CaptionResult`` is one."""

    @property
    def caption(self) -> str | None: ...

    @property
    def score(self) -> float | None: ...

    @property
    def n_best(self) -> Sequence[tuple[str, float]]: ...

    @property
    def change_probability(self) -> float | None: ...

    @property
    def mask(self) -> np.ndarray | None: ...

    @property
    def error(self) -> str | None: ...


#: Captions a batch of pairs of (H, W, 3) uint8 RGB arrays, in their order.
Captioner = Callable[[list[tuple[np.ndarray, np.ndarray]]], Sequence[Captioned]]


_TEXT, _NUMBER = (str, NoneType), (int, float, NoneType)
#: Types of what a line of a journal holds.
_TYPES: dict[str, tuple[type, ...]] = {
    "tile": (int,),
    "skipped": _TEXT,
    "difference": _NUMBER,
    "caption": _TEXT,
    "score": _NUMBER,
    "n_best": (list,),
    "change_probability": _NUMBER,
    "mask": _TEXT,
}


@dataclass(frozen=True)
class TileResult:
    """Result of a tile.

    Attributes:
        tile: Its number.
        skipped: Why it was not captioned: "no data", "identical" or "prefilter"; None if it was.
        difference: How much its dates differ, see :func:`mmrsicc.scenes.skipping.difference`.
        caption: The best sentence.
        score: Its score.
        n_best: Sentences with scores, best first.
        change_probability: From 0 to 1; None where the captioner gives none.
        mask: Change mask as PNG in base64; None without one.
    """

    tile: int
    skipped: str | None = None
    difference: float | None = None
    caption: str | None = None
    score: float | None = None
    n_best: tuple[tuple[str, float], ...] = ()
    change_probability: float | None = None
    mask: str | None = None

    @property
    def changed(self) -> bool:
        """Whether the tile has a caption that says that something changed."""
        return self.caption is not None and not is_no_change(self.caption)

    def to_line(self) -> str:
        """The result as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"

    @classmethod
    def from_line(cls, line: bytes, where: str) -> TileResult:
        """From :meth:`to_line`.

        Args:
            line: Of a file.
            where: File and line, for errors.

        Raises:
            ValueError: If it is no such line.
        """
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise ValueError(f"{where}: not UTF-8: remove the file to start again") from error
        content = parse_json(text, where)
        if not _is_result(content):
            raise ValueError(
                f"{where} is not as mmrsicc scene writes it: remove the file to start again"
            )
        content["n_best"] = tuple((words, score) for words, score in content["n_best"])
        return cls(**content)


def encode_mask(mask: np.ndarray) -> str:
    """An (H, W) uint8 mask as PNG in base64."""
    done, png = cv2.imencode(".png", mask)
    assert done
    return base64.b64encode(png.tobytes()).decode("ascii")


def decode_mask(text: str) -> np.ndarray:
    """From :func:`encode_mask`.

    Raises:
        ValueError: If it is no whole PNG of grey values.
    """
    try:  # Pillow, not OpenCV: that fills up a file that is cut short.
        image = Image.open(BytesIO(base64.b64decode(text)), formats=["PNG"])
        image.load()
    except Exception as error:
        raise ValueError(f"the mask is damaged ({error})") from error
    if image.mode != "L":
        raise ValueError(f"the mask has {image.mode} values")
    return np.array(image)


def _is_result(content: Any) -> bool:
    """Whether it has the form of a line of a journal."""
    if not isinstance(content, Mapping) or content.keys() != _TYPES.keys():
        return False
    if not all(type(content[name]) in types for name, types in _TYPES.items()):
        return False
    said = content["n_best"]
    if not all(isinstance(entry, list) and len(entry) == 2 for entry in said):
        return False
    if not all(isinstance(words, str) and type(score) in (int, float) for words, score in said):
        return False
    numbers = [v for v in content.values() if isinstance(v, (int, float))]
    numbers += [score for _, score in said]
    captioned = content["caption"] is not None
    return captioned == (content["skipped"] is None) and all(abs(v) < inf for v in numbers)
