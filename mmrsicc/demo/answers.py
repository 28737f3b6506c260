"""Handlers of the page's events: from uploads to HTML, and never an exception."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmrsicc.apis import (
    CaptionResult,
    ChangeCaptionInferencer,
    band_loading,
    image_pipeline,
    input_size,
)
from mmrsicc.apis.model_facts import ModelFacts
from mmrsicc.demo.examples import Example
from mmrsicc.demo.html import notice
from mmrsicc.demo.pair_answer import answer_pair
from mmrsicc.demo.pair_html import pair_html
from mmrsicc.demo.scene_answer import answer_scene
from mmrsicc.demo.uploads import Limits, UploadedPair, read_pair

if TYPE_CHECKING:
    from mmrsicc.scenes import OwnMasks

_START = (
    "Upload both dates (PNG, JPEG, TIFF, BMP or WebP, up to {:g} MB), or choose an example. "
    "The sentence appears here."
)
_OTHER = "{} is here. Upload the other date too."
_SCENES = "Upload both scenes, then make the map."


class Answers:
    """The page's functions, each from what a visitor gives to HTML.

    Args:
        captioner: The model.
        facts: What it is.
        limits: For uploads.
        examples: Generated pairs.
        folder: For maps; only the last one is kept.
        n_best: Sentences per pair, at most what the captioner's decoding gives.
    """

    def __init__(
        self,
        captioner: ChangeCaptionInferencer,
        facts: ModelFacts,
        limits: Limits,
        examples: Sequence[Example],
        folder: Path,
        n_best: int = 1,
    ) -> None:
        self.facts = facts
        self.limits = limits
        self.examples = examples
        self._captioner = captioner
        self._pipeline = image_pipeline(captioner.model).transforms
        self._folder = folder
        self._n_best = n_best

    def pair(self, before: str | None, after: str | None) -> str:
        """Answer to two uploaded images, or what is missing or wrong."""
        if not before or not after:
            given = before or after
            if given:
                return notice(_OTHER.format(Path(given).name))
            return notice(_START.format(self.limits.megabytes))
        try:
            pair = read_pair(before, after, self.limits, self._pipeline)
            return pair_html(answer_pair(self._captioner, pair, self._n_best))
        except Exception as error:
            return _problem(error)

    def example(self, number: int) -> str:
        """A generated pair, counted from 0, to its answer."""
        try:
            example = self.examples[number]
            answer = answer_pair(self._captioner, UploadedPair.rgb(example.pair), self._n_best)
            return pair_html(answer, example.sentence)
        except Exception as error:
            return _problem(error)

    def scene(
        self,
        before: Sequence[str] | None,
        after: Sequence[str] | None,
        bands: str,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> tuple[str, list[str]]:
        """Map and files of two uploaded scenes, or what is missing or wrong."""
        if not before or not after:
            return notice(_SCENES), []
        out = self._folder / "scene"
        shutil.rmtree(out, ignore_errors=True)
        model = self._captioner.model
        try:
            return answer_scene(
                self._caption,
                before,
                after,
                bands,
                self.limits,
                out,
                self.facts.sentence,
                self._masks(),
                self.facts.gsd,
                input_size(model),
                progress,
                band_loading(model),
            )
        except Exception as error:
            return _problem(error), []

    def _masks(self) -> OwnMasks | None:
        """The model's own masks, as ``mmrsicc scene`` takes them; None of a model without."""
        from mmrsicc.scenes import SceneSettings
        from mmrsicc.scenes.masking import own_masks

        model = self._captioner.model
        bands, loaded = model.encoder.normalizer.bands, band_loading(model) is not None
        return own_masks(self._caption, SceneSettings().tile, bands, loaded)

    def _caption(self, pairs: list[tuple[np.ndarray, np.ndarray]]) -> list[CaptionResult]:
        return self._captioner(pairs, len(pairs), self._n_best, progress=False, skip_broken=False)


def _problem(error: Exception) -> str:
    """Message to a visitor about an error."""
    if isinstance(error, ModuleNotFoundError):
        return notice(f"{error}: pip install 'mmrsicc[geo]' fixes it.", "error")
    if isinstance(error, ValueError):
        text = str(error)
        return notice(text if text.endswith((".", "?")) else f"{text}.", "error")
    # Decoders may raise any error for hostile files.
    logging.getLogger(__name__).error("an upload could not be used", exc_info=error)
    name = type(error).__name__
    return notice(f"These files cannot be used ({name}): export them again as PNG.", "error")
