"""Results of tiles."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import cv2
import numpy as np

from mmrsicc.datasets.no_change import is_no_change


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
    def from_line(cls, line: str) -> TileResult:
        """From :meth:`to_line`."""
        content: dict[str, Any] = json.loads(line)
        content["n_best"] = tuple((words, score) for words, score in content["n_best"])
        return cls(**content)


def encode_mask(mask: np.ndarray) -> str:
    """An (H, W) uint8 mask as PNG in base64."""
    done, png = cv2.imencode(".png", mask)
    assert done
    return base64.b64encode(png.tobytes()).decode("ascii")


def decode_mask(text: str) -> np.ndarray:
    """From :func:`encode_mask`."""
    png = np.frombuffer(base64.b64decode(text), np.uint8)
    mask = cv2.imdecode(png, cv2.IMREAD_GRAYSCALE)
    assert mask is not None
    return mask
