"""Captioners from config and checkpoint, without a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from math import sqrt
from pathlib import Path
from typing import Any

import torch
from mmcv.transforms import Compose
from mmengine import Config
from mmengine.registry import init_default_scope

from mmrsicc.apis.checkpoint_config import checkpoint_config
from mmrsicc.apis.known_parts import check_parts
from mmrsicc.datasets.radiometry import check_value_range
from mmrsicc.datasets.transforms import LoadBands, ResizePair, loading_step
from mmrsicc.models import ChangeCaptioner
from mmrsicc.registry import MODELS, TRANSFORMS
from mmrsicc.tokenizers.kept_vocabulary import kept_vocabulary
from mmrsicc.utils.checkpoint import load_weights, read_checkpoint
from mmrsicc.utils.config_file import read_config
from mmrsicc.utils.provenance import provenance_of

#: Settings of a decoding strategy that searches of other widths share.
DECODING_LIMITS = ("max_length", "length_penalty")

#: Parts of a captioner that only training needs.
_TRAINING_PARTS = ("losses", "loss_balance")


def restore_tokenizer(
    cfg: Config, checkpoint: dict[str, Any], source: str | Path, trusted: bool = True
) -> None:
    """Replaces the config's vocabulary by the checkpoint's own.

    A checkpoint without one, and a model without a tokenizer, are left alone.

    Args:
        cfg: With the model; it is changed.
        checkpoint: From :func:`mmrsicc.utils.checkpoint.read_checkpoint`.
        source: Its file, for messages.
        trusted: Whether the config is the user's own, so that a tokenizer of a type which it names
            is built, too; a file alone does not say what is built.

    Raises:
        ValueError: If the checkpoint holds another tokenizer than a vocabulary.
    """
    kept = provenance_of(checkpoint).get("tokenizer")
    named = ((cfg.model.get("speaker") or {}).get("tokenizer") or {}).get("type")
    own = named not in (None, "Vocabulary", "BytePairs")
    if trusted and own and isinstance(kept, Mapping) and kept.get("type") == named:
        arguments = {key: value for key, value in kept.items() if key != "type"}
        if not _is_plain(arguments):
            raise ValueError(
                f"{source}: its tokenizer {named!r} has arguments that name what is built: let "
                "to_dict() give numbers, texts, and lists and dicts of these"
            )
        cfg.model.speaker.pop("tokenizer")
        cfg.model.speaker.tokenizer = {"type": named, **arguments}
        return
    vocabulary = kept_vocabulary(checkpoint, source)
    if vocabulary is not None and "speaker" in cfg.model:
        # Replaced, not merged: otherwise the config's annotation file would stay.
        cfg.model.speaker.pop("tokenizer", None)
        cfg.model.speaker.tokenizer = vocabulary.to_dict()


def _is_plain(value: Any) -> bool:
    """Whether a value names no type and no scope, by which registries build and import."""
    if isinstance(value, Mapping):
        texts = all(isinstance(key, str) and not key.startswith("_") for key in value)
        return texts and "type" not in value and all(map(_is_plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)


def init_captioner(
    config: str | Path | Config | None,
    checkpoint: str | Path | None,
    device: str | torch.device = "cpu",
    decoding: dict[str, Any] | int | None = None,
) -> ChangeCaptioner:
    """A captioner ready to predict; what only training needs is left out.

    Args:
        config: Config, or its file; None for the one that the checkpoint holds (see
            :func:`~mmrsicc.apis.checkpoint_config.checkpoint_config`).
        checkpoint: Checkpoint file of this config; it brings the vocabulary. None for random
            weights and the vocabulary of the config's data set.
        device: Where to run.
        decoding: Decoding strategy in place of the config's; or a number of beams, which are
            searched with the limits of the config's strategy.

    Raises:
        FileNotFoundError: If config or checkpoint is missing.
        ValueError: If the checkpoint does not fit the config, both are None, or the config has no
            captioner or is no Python.
    """
    content = None if checkpoint is None else read_checkpoint(checkpoint)
    cfg = _config(config, content, checkpoint)
    if not _is_captioner(cfg.get("model")):
        raise ValueError(f"{config or checkpoint} holds no captioner: give another config")
    if content is not None and checkpoint is not None:
        restore_tokenizer(cfg, content, checkpoint, trusted=config is not None)
    unneeded = drop_training_parts(cfg)
    if config is None and checkpoint is not None:
        check_parts(cfg, checkpoint)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    if decoding is not None and "speaker" in cfg.model:
        own = cfg.model.speaker.pop("decoding", None) or {}
        if isinstance(decoding, int):
            limits = {key: own[key] for key in DECODING_LIMITS if key in own}
            decoding = {"type": "BeamSearch", "beam_size": decoding, **limits}
        cfg.model.speaker.decoding = decoding
    model = _build(cfg, checkpoint if config is None else None)
    if content is not None:
        weights = content["state_dict"].items()
        kept = {key: value for key, value in weights if not key.startswith(unneeded)}
        load_weights(model, kept, str(checkpoint))
    model.cfg = cfg
    return model.to(device).eval()


def drop_training_parts(cfg: Config) -> tuple[str, ...]:
    """Removes from a captioner's config what only training needs, such as further losses.

    Args:
        cfg: It is changed.

    Returns:
        What the names of the weights of what was removed begin with.
    """
    for part in _TRAINING_PARTS:
        cfg.model.pop(part, None)
    dropped = [f"{part}." for part in _TRAINING_PARTS]
    (cfg.model.get("speaker") or {}).pop("reward", None)
    encoder = cfg.model.get("encoder") or {}
    for part in ("encoder_weights", "detector_cache"):
        encoder.pop(part, None)
    if encoder.get("transfer_to") == "losses":
        encoder.pop("change_detector", None)
        dropped.append("encoder.change_detector.")
    return tuple(dropped)


def _is_captioner(model: Any) -> bool:
    """Whether a model's config has a speaker, or the name of a captioner."""
    return isinstance(model, dict) and ("speaker" in model or "Captioner" in str(model.get("type")))


def _config(
    config: str | Path | Config | None,
    checkpoint: dict[str, Any] | None,
    source: str | Path | None,
) -> Config:
    if isinstance(config, Config):
        return deepcopy(config)
    if config is not None:
        return read_config(config)
    if checkpoint is None or source is None:
        raise ValueError("a captioner needs a config, a checkpoint or both")
    return checkpoint_config(checkpoint, source)


def _build(cfg: Config, source: str | Path | None) -> ChangeCaptioner:
    """Builds the model; an error in a checkpoint's own config names the checkpoint."""
    if source is None:
        return MODELS.build(cfg.model)
    try:
        loader = cfg.get("test_dataloader")
        for step in [] if loader is None else loader.dataset.pipeline:
            TRANSFORMS.build(step)
        return MODELS.build(cfg.model)
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0]
        raise ValueError(
            f"the config in {source} builds no model ({type(error).__name__}: {reason:.200}): give "
            "the config file that it was trained with"
        ) from error


def set_radiometry(
    cfg: Config, value_range: Sequence[float] | None, bands: Sequence[int] | None
) -> None:
    """Sets in a config's test pipeline how pixel values are converted to 8 bits.

    Args:
        cfg: It is changed.
        value_range: For its ``LoadPair``; None leaves what the config has.
        bands: The same; for a ``LoadBands`` the bands of either date.

    Raises:
        ValueError: If there is a range, but the model reads values as they are (``LoadBands``).
    """
    said = {"value_range": check_value_range(value_range), "bands": bands and list(bands)}
    loader = cfg.get("test_dataloader") or Config({"dataset": {"pipeline": []}})
    for step in loader.dataset.pipeline:
        kind = str(step["type"]).rpartition(".")[2]
        if kind == "LoadPair":
            step.update({key: value for key, value in said.items() if value is not None})
        if kind == "LoadBands" and value_range is not None:
            raise ValueError(
                "this model reads the values of the files as they are: leave out --range"
            )
        if kind == "LoadBands" and bands is not None:
            step.update(before_bands=list(bands), after_bands=list(bands))


def band_loading(model: ChangeCaptioner) -> LoadBands | None:
    """Loading transform of a model that reads bands; None if the model takes 8-bit RGB."""
    loading = loading_step(image_pipeline(model).transforms)
    return loading if isinstance(loading, LoadBands) else None


def input_size(model: ChangeCaptioner) -> int | None:
    """Edge in pixels to which a test pipeline resizes square images; None if it does not."""
    steps = [step for step in image_pipeline(model).transforms if isinstance(step, ResizePair)]
    return round(sqrt(steps[-1].height * steps[-1].width)) if steps else None


def image_pipeline(model: ChangeCaptioner) -> Compose:
    """The test pipeline of a model's config, which loads pairs and brings them to its size.

    Raises:
        ValueError: If the config has none.
    """
    loader = model.cfg.get("test_dataloader")
    if loader is None:
        raise ValueError(
            "the model's config has no test_dataloader: add one, its pipeline loads the images"
        )
    return Compose([TRANSFORMS.build(step) for step in loader.dataset.pipeline])
