"""Change scores per pixel of two image files, with or without a trained detector."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine import Config
from mmengine.registry import init_default_scope

from mmrsicc.apis.captioning import band_loading, image_pipeline, set_radiometry
from mmrsicc.apis.checkpoint_config import checkpoint_config
from mmrsicc.apis.known_parts import check_parts
from mmrsicc.apis.model_listing import find_config
from mmrsicc.apis.pair_loading import PairLoader
from mmrsicc.change_maps import LEARNED, METHODS, ChangeMap, change_mask
from mmrsicc.datasets.pair_values import read_pair_values
from mmrsicc.datasets.transforms import loading_step
from mmrsicc.registry import MODELS
from mmrsicc.utils.checkpoint import load_weights, read_checkpoint
from mmrsicc.utils.config_file import read_config
from mmrsicc.utils.device import usable_device

#: What loads whole images in place of tiles.
_WHOLE = {"LoadTile": "LoadPair", "LoadBandTile": "LoadBands"}


@dataclass(frozen=True)
class ChangeScores:
    """Change scores of a pair, from a detector.

    Attributes:
        scores: (H, W) float32, higher where more has changed; 0 where there is no data.
        valid: (H, W) bool, where both dates have data.
    """

    scores: np.ndarray
    valid: np.ndarray

    def mask(self, threshold: str | float) -> np.ndarray:
        """(H, W) uint8, 1 where changed, see :func:`~mmrsicc.change_maps.change_mask`."""
        return change_mask(self.scores, threshold, self.valid)


class UnsupervisedDetector:
    """A detector that needs no labels, on files.

    Args:
        method: Name in :data:`~mmrsicc.change_maps.METHODS` or
            :data:`~mmrsicc.change_maps.LEARNED`.
        options: Arguments of the method.
        bands: Those that are compared, counted from 1; None: all.
        device: Where a method with a network runs; a GPU if there is one, else the CPU.

    Attributes:
        threshold: The method's own, for :meth:`ChangeScores.mask`.

    Raises:
        ValueError: There is no such method or option.
    """

    def __init__(
        self,
        method: str,
        options: Mapping[str, Any] | None = None,
        bands: Sequence[int] | None = None,
        device: str | None = None,
    ) -> None:
        self._score = build_method(method, options, device)
        self._bands = bands
        self.threshold = self._score.threshold

    def __call__(self, before: str | Path, after: str | Path) -> ChangeScores:
        """Scores of a pair of files.

        Raises:
            OSError, ValueError: As :func:`~mmrsicc.datasets.pair_values.read_pair_values`.
        """
        first, second, valid = read_pair_values(before, after, self._bands, self._score.same_bands)
        return ChangeScores(self._score(first, second, valid), valid)


class TrainedDetector:
    """A change detector with its weights, on files; a score is the probability of change.

    Args:
        config: Config of the detector, its file or name; None: the one that the checkpoint holds.
        checkpoint: File of its weights.
        device: Where to run; a GPU if there is one, else the CPU.
        value_range: As for :class:`~mmrsicc.apis.ChangeCaptionInferencer`.
        bands: As for :class:`~mmrsicc.apis.ChangeCaptionInferencer`.

    Attributes:
        threshold: For :meth:`ChangeScores.mask`.
        loading: How it loads bands; None if it takes 8-bit RGB.
        config_text: Its config, as text.

    Raises:
        FileNotFoundError: Config or checkpoint is missing.
        ValueError: The config has no change detector, or the checkpoint does not fit.
    """

    threshold = 0.5

    def __init__(
        self,
        config: str | Path | Config | None,
        checkpoint: str | Path,
        device: str | None = None,
        value_range: Sequence[float] | None = None,
        bands: Sequence[int] | None = None,
    ) -> None:
        self._device = usable_device(device)
        self._model = init_detector(config, checkpoint).to(self._device)
        set_radiometry(self._model.cfg, value_range, bands)
        self.loading = band_loading(self._model)
        self.config_text: str = self._model.cfg.pretty_text
        steps = image_pipeline(self._model).transforms
        self._reading = loading_step(steps)
        self._loader = PairLoader(steps)

    def __call__(self, before: str | Path, after: str | Path) -> ChangeScores:
        """Scores of a pair of files.

        Raises:
            OSError, ValueError: A file cannot be read right, or the two do not fit.
        """
        valid = self._reading.validity(before, after)
        return ChangeScores(np.where(valid, self.probability(before, after), np.float32(0)), valid)

    @torch.no_grad()
    def probability(self, before: Any, after: Any) -> np.ndarray:
        """Probability of change (H, W) of a pair; missing data is ignored.

        Args:
            before: A file, or an array (H, W, 3) uint8; of bands (H, W, C) as it loads them.
            after: A file or an array of the second date.

        Raises:
            OSError, ValueError: A file cannot be read right, or the two do not fit.
        """
        pair = self._loader.load((before, after), skip_broken=False)
        assert pair.inputs is not None
        dates = [image[None].to(self._device).float() for image in pair.inputs]
        window = getattr(self._model, "sliding_window", None)
        logits = window(self._logits, *dates) if window else self._logits(*dates)
        height, width = pair.img_shape
        logits = F.interpolate(
            logits[..., :height, :width].float(), pair.ori_shape, mode="bilinear"
        )
        return 1 - logits.softmax(1)[0, 0].cpu().numpy()

    def _logits(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        return self._model.extract(before, after).logits


def build_method(
    method: str, options: Mapping[str, Any] | None = None, device: str | None = None
) -> ChangeMap:
    """A method of :data:`~mmrsicc.change_maps.METHODS` or ``LEARNED`` by its name.

    Args:
        method: Its name.
        options: Its arguments.
        device: Another one, where it has such.

    Raises:
        ValueError: There is no such method or argument.
    """
    known_methods = METHODS | LEARNED
    if method not in known_methods:
        raise ValueError(f"no method {method!r}: give one of {', '.join(known_methods)}")
    build: Callable[..., ChangeMap] = known_methods[method]
    known = inspect.signature(build).parameters
    if unknown := (options or {}).keys() - known.keys():
        raise ValueError(
            f"{method} has no option {', '.join(sorted(unknown))}: give some of "
            f"{', '.join(known) or 'none'}"
        )
    told = {"device": device} if "device" in known else {}
    return build(**{**told, **(options or {})})


def init_detector(config: str | Path | Config | None, checkpoint: str | Path) -> Any:
    """A change detector ready to predict, on the CPU, with its config as ``cfg``.

    That of a captioner, such as the model in the package, is taken out of it. One that is tested on
    tiles loads whole images.

    Args:
        config: As for :class:`TrainedDetector`.
        checkpoint: As for :class:`TrainedDetector`.

    Raises:
        FileNotFoundError, ValueError: As :class:`TrainedDetector`.
    """
    content = read_checkpoint(checkpoint)
    if config is None:
        cfg = checkpoint_config(content, checkpoint)
    else:
        cfg = config if isinstance(config, Config) else read_config(find_config(config))
    cfg = Config(cfg.to_dict())
    _read_whole_images(cfg)
    weights = _take_out_of_captioner(cfg, content["state_dict"])
    model = cfg.get("model")
    name = str(model.get("type")).removeprefix("mmrsicc.") if isinstance(model, dict) else ""
    # A scoped name would import its package, and a checkpoint may name any package.
    if not name or "." in name or not hasattr(MODELS.get(name), "extract"):
        other = "another config" if config else "the checkpoint of one, or its config"
        raise ValueError(f"{config or checkpoint} holds no change detector: give {other}")
    if config is None:
        check_parts(cfg, checkpoint)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    detector = MODELS.build(cfg.model)
    load_weights(detector, weights, str(checkpoint))
    detector.cfg = cfg
    return detector.eval()


def _read_whole_images(cfg: Config) -> None:
    """Makes a test pipeline of tiles one of whole images: only a data set knows a tile's window."""
    loader = cfg.get("test_dataloader") or Config({"dataset": {"pipeline": []}})
    for step in loader.dataset.pipeline:
        scope, dot, kind = str(step["type"]).rpartition(".")
        if kind in _WHOLE:
            step["type"] = scope + dot + _WHOLE[kind]
            step.pop("cache_mb", None)


def _take_out_of_captioner(cfg: Config, weights: Mapping[str, Any]) -> Mapping[str, Any]:
    """Makes a captioner's config that of the detector in it; returns the detector's weights.

    What is no captioner, or has no detector, stays as it is.
    """
    inner = cfg.to_dict().get("model")
    for key in ("encoder", "change_detector"):
        inner = inner.get(key) if isinstance(inner, dict) else None
    if not isinstance(inner, dict):
        return weights
    cfg.model = {key: value for key, value in inner.items() if key not in ("checkpoint", "made_by")}
    prefix = "encoder.change_detector."
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
