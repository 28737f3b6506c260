"""From config and checkpoint to sentences, without a data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from mmcv.transforms import Compose
from mmengine import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from mmrsicc.models import ChangeCaptioner
from mmrsicc.registry import MODELS, TRANSFORMS
from mmrsicc.structures import ChangeDataSample
from mmrsicc.utils.checkpoint import load_weights, read_checkpoint
from mmrsicc.utils.provenance import PROVENANCE_KEY

Pair = tuple[str | Path, str | Path]


def restore_tokenizer(cfg: Config, checkpoint: dict[str, Any]) -> None:
    """Puts the checkpoint's own tokenizer in the place of the config's.

    A checkpoint without one, and a model without a tokenizer, are left alone.
    """
    kept = checkpoint.get("meta", {}).get(PROVENANCE_KEY, {}).get("tokenizer")
    if kept is not None:
        # Replaced, not merged: the config's annotation file must go.
        cfg.model.pop("tokenizer", None)
        cfg.model.tokenizer = kept


def init_captioner(
    config: str | Path | Config,
    checkpoint: str | Path,
    device: str | torch.device = "cpu",
    decoding: dict[str, Any] | None = None,
) -> ChangeCaptioner:
    """A captioner ready to predict.

    Args:
        config: Config, or its file.
        checkpoint: Checkpoint file of this config; it brings the vocabulary.
        device: Where to run.
        decoding: Decoding strategy in place of the config's.

    Raises:
        FileNotFoundError: If config or checkpoint is missing.
        ValueError: If the checkpoint does not fit the config.
    """
    cfg = config if isinstance(config, Config) else Config.fromfile(config)
    content = read_checkpoint(checkpoint)
    restore_tokenizer(cfg, content)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    if decoding is not None:
        cfg.model.pop("decoding", None)
        cfg.model.decoding = decoding
    model = MODELS.build(cfg.model)
    load_weights(model, content["state_dict"], checkpoint)
    model.cfg = cfg
    return model.to(device).eval()


def image_pipeline(model: ChangeCaptioner) -> Compose:
    """The test pipeline of a model's config, by which :func:`caption_pairs` loads images."""
    steps = model.cfg.test_dataloader.dataset.pipeline
    return Compose([TRANSFORMS.build(step) for step in steps])


def caption_pairs(
    model: ChangeCaptioner, pairs: Iterable[Pair], batch_size: int = 16
) -> Iterator[ChangeDataSample]:
    """Captions pairs of image files (before, after), batch by batch, in their order.

    Args:
        model: From :func:`init_captioner`; its config's test pipeline loads the images.
        pairs: Paths of both dates.
        batch_size: Pairs per forward.

    Yields:
        A sample per pair, with ``pred_caption``, ``pred_score`` and, if the model has a change
        detector that gives one, ``pred_mask`` at the size of the model's input.

    Raises:
        ValueError: If an image cannot be read or the sizes of a pair differ; names the file.
    """
    pipeline = image_pipeline(model)
    records = ({"before_path": str(b), "after_path": str(a)} for b, a in pairs)
    while batch := list(islice(records, batch_size)):
        yield from _predict(model, [pipeline({**r, "pair_id": _pair_id(r)}) for r in batch])


@torch.no_grad()
def _predict(model: ChangeCaptioner, batch: Sequence[Any]) -> list[ChangeDataSample]:
    return model.test_step(pseudo_collate(batch))


def _pair_id(record: dict[str, str]) -> str:
    return Path(record["after_path"]).stem
