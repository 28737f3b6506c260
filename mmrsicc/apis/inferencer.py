"""Inferencer: images to sentences in one call."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence, Sized
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine import Config
from torch import Tensor

from mmrsicc.apis.caption_result import CaptionResult
from mmrsicc.apis.captioning import (
    DECODING_LIMITS,
    image_pipeline,
    init_captioner,
    set_radiometry,
)
from mmrsicc.apis.hub import download
from mmrsicc.apis.model_listing import find_model
from mmrsicc.apis.pair_inputs import pairs_of
from mmrsicc.apis.pair_loading import LoadedPair, PairLoader
from mmrsicc.apis.progress import progress_bar
from mmrsicc.models.decoding import BeamSearch, Hypothesis
from mmrsicc.structures import ChangeDataSample
from mmrsicc.utils.device import usable_device


class ChangeCaptionInferencer:
    """Inferencer: describes what changed in pairs of images, given as files or arrays.

    Args:
        model: A name of :func:`~mmrsicc.apis.list_models`, ``ORG/MODEL`` or ``ORG/MODEL@REVISION``
            of the Hugging Face Hub, a config, its file, or a checkpoint file that holds its config,
            as those of ``tools/train.py`` do. None for the model that comes with the package, which
            a line on the standard error stream then names.
        weights: Checkpoint file; left out where ``model`` brings it.
        device: Where to run; a GPU if there is one, else the CPU.
        decoding: Decoding strategy in place of the config's, such as
            ``dict(type="BeamSearch", beam_size=3)``; or a number of beams, which are searched with
            the limits of the config's strategy.
        value_range: Values that become 0 and 255 where images have more than 8 bits, in place of
            the config's, see :func:`mmrsicc.datasets.image_io.read_pair`.
        bands: One band, or red, green and blue, counted from 1, of files with several bands; of
            a model that reads bands, those that it reads.

    Attributes:
        model: The captioner.
        checkpoint: File of its weights.

    Raises:
        FileNotFoundError: If config or checkpoint is missing.
        ValueError: If the name is not known, the checkpoint does not fit, or there is none; if
            torch cannot use the device.
    """

    def __init__(
        self,
        model: str | Path | Config | None = None,
        weights: str | Path | None = None,
        device: str | torch.device | None = None,
        decoding: dict[str, Any] | int | None = None,
        value_range: Sequence[float] | None = None,
        bands: Sequence[int] | None = None,
    ) -> None:
        device = usable_device(device)
        config, self.checkpoint = find_model(model, weights)
        if model is None and weights is None:
            print(f"no model given: using {self.checkpoint.stem}", file=sys.stderr)
        self.model = init_captioner(config, self.checkpoint, device, decoding)
        set_radiometry(self.model.cfg, value_range, bands)
        self._loader = PairLoader(image_pipeline(self.model).transforms)

    @classmethod
    def from_pretrained(cls, name: str, **options: Any) -> ChangeCaptionInferencer:
        """Captioner of the Hugging Face Hub, by its name there.

        Args:
            name: ``ORG/MODEL`` or ``ORG/MODEL@REVISION``.
            **options: As for the class, such as ``device``.

        Raises:
            OSError, ValueError: As :func:`mmrsicc.apis.hub.download`; or no captioner is in it.
        """
        return cls(download(name), **options)

    def __call__(
        self,
        inputs: Any,
        batch_size: int = 16,
        n_best: int = 1,
        progress: bool = True,
        skip_broken: bool = True,
    ) -> list[CaptionResult]:
        """Captions pairs, in their order.

        Args:
            inputs: Two image paths; two arrays (H, W, 3) uint8 RGB, or (H, W, bands) of a model
                that reads bands (``LoadBands``); two folders with the same file names; an iterable
                of pairs of paths or arrays; or a ``.csv`` or ``.tsv`` file with the columns before
                and after. Images may have any size that both dates share.
            batch_size: Pairs per forward.
            n_best: Sentences per pair. More than the decoding strategy gives are searched for with
                as many beams, so that the best may be better than the strategy's own.
            progress: Show a progress bar on the standard error stream.
            skip_broken: Report a pair that cannot be read in its result and go on, instead of
                raising its error.

        Raises:
            FileNotFoundError: If what holds all pairs is missing.
            ValueError: If the inputs make no sense; with ``skip_broken`` False also if a pair is
                broken.
        """
        return list(self.stream(inputs, batch_size, n_best, progress, skip_broken))

    def stream(
        self,
        inputs: Any,
        batch_size: int = 16,
        n_best: int = 1,
        progress: bool = True,
        skip_broken: bool = True,
    ) -> Generator[CaptionResult, None, None]:
        """Generator of each batch's results; keeps none.

        Pairs of an iterable are taken as they are needed, at most two batches ahead.
        """
        if batch_size < 1 or n_best < 1:
            raise ValueError(f"batch_size {batch_size} and n_best {n_best} must be 1 or more")
        pairs = pairs_of(inputs)
        total = len(pairs) if isinstance(pairs, Sized) else None
        loaded = self._loader.load_ahead(pairs, 2 * batch_size, skip_broken)
        with progress_bar(total, progress and total != 1) as advance:
            while batch := list(islice(loaded, batch_size)):
                self._caption([pair for pair in batch if pair.inputs is not None], n_best)
                for pair in batch:
                    advance()
                    yield pair.result

    @torch.no_grad()
    def _caption(self, batch: Sequence[LoadedPair], n_best: int) -> None:
        """Captions the pairs that could be loaded and fills in their results."""
        if not batch:
            return
        dates = [list(images) for images in zip(*(pair.inputs for pair in batch), strict=True)]
        inputs = self.model.data_preprocessor({"inputs": dates})["inputs"]
        features = self.model(inputs, mode="tensor")
        samples = [ChangeDataSample(metainfo={"img_shape": pair.img_shape}) for pair in batch]
        told = self.model.conditions(features, samples, inputs[0].shape[-2:])
        speaker = self.model.speaker
        decoded, chances = speaker.answer(features, told, self._decoding(n_best))
        if len(decoded) != len(batch):
            raise ValueError(
                f"{type(speaker.head).__name__} answered {len(decoded)} of {len(batch)} pairs: "
                "its outputs must keep the batch of its inputs"
            )
        for pair, hypotheses, chance in zip(batch, decoded, chances, strict=True):
            pair.result.n_best = self._different(hypotheses)[:n_best]
            pair.result.caption, pair.result.score = pair.result.n_best[0]
            pair.result.change_probability = chance
        if features.logits is not None:
            for pair, logits in zip(batch, features.logits, strict=True):
                pair.result.mask = _mask(logits, pair.img_shape, pair.ori_shape)

    def _decoding(self, n_best: int) -> Any:
        """The model's own strategy if it gives enough sentences."""
        own = self.model.speaker.decoding
        if n_best <= getattr(own, "beam_size", 1):
            return own
        limits = {k: getattr(own, k) for k in DECODING_LIMITS if hasattr(own, k)}
        return BeamSearch(n_best, **limits)

    def _different(self, hypotheses: Sequence[Hypothesis]) -> list[tuple[str, float]]:
        """Sentences and scores; of those that read alike, unknown words left out, the first."""
        found: dict[str, float] = {}
        for hypothesis in hypotheses:
            found.setdefault(self.model.speaker.tokenizer.decode(hypothesis.ids), hypothesis.score)
        return list(found.items())


def _mask(logits: Tensor, img_shape: tuple[int, int], ori_shape: tuple[int, int]) -> np.ndarray:
    """(C, H, W) logits of a padded image to a mask at the image's original size."""
    height, width = img_shape
    whole = F.interpolate(logits[None, :, :height, :width].float(), ori_shape, mode="bilinear")
    return whole[0].argmax(0).to(torch.uint8).cpu().numpy()
