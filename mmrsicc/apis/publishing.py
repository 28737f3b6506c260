"""Publishing: a small, self-contained file from a training checkpoint."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine import Config
from torch import Tensor

import mmrsicc
from mmrsicc.apis.attached_detector import attach_detector
from mmrsicc.apis.caption_result import CaptionResult
from mmrsicc.apis.captioning import image_pipeline
from mmrsicc.apis.inferencer import ChangeCaptionInferencer
from mmrsicc.apis.model_facts import model_facts
from mmrsicc.tokenizers import BytePairs, Vocabulary
from mmrsicc.utils import atomic_path
from mmrsicc.utils.checkpoint import read_checkpoint
from mmrsicc.utils.files import check_unused
from mmrsicc.utils.provenance import PROVENANCE_KEY, provenance_of, sha256
from mmrsicc.utils.training_gsd import TrainingGsd

#: Config keys that name files of weights; a published file contains all weights.
_SOURCES = ("checkpoint", "encoder_weights", "init_cfg", "made_by", "pretrained")

#: MMEngine's records of the training that a published file keeps.
_NOTES = ("experiment_name", "epoch", "iter", "seed", "mmengine_version")

#: Start of an absolute path, of a path below home, or of a path with "..", on any system.
_START = r"(?:file:/+(?:[A-Za-z]:/)?|/|~[/\\]|(?:\.\.[/\\])+|[A-Za-z]:[/\\]+|\\\\)"
#: Its leading folders, which have blanks only between quotes.
_FOLDERS = re.compile(
    rf"(?<=['\"]){_START}(?:[^'\"]*[/\\])?(?=[^/\\'\"])"
    rf"|(?<![\w./\\~-]){_START}(?:[^\s/\\'\"]+[/\\]+)*(?=[^\s/\\'\"])"
)

#: Differing sentences of the original and the published model, by the images of the pair.
Differences = dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class Published:
    """Published model.

    Attributes:
        path: Its file.
        gsd: Ground sampling distance that it was trained on; None where that is not known.
        size: In bytes.
        digest: SHA-256 of the file.
        pairs: Number of pairs that both models captioned.
        different: Of these, those that get another sentence than from the original.
    """

    path: Path
    gsd: TrainingGsd | None
    size: int
    digest: str
    pairs: int
    different: Differences


def publish(
    model: str | Path,
    weights: str | Path | None,
    out: str | Path,
    check: Any = None,
    most_different: int = 0,
    gsd: Sequence[float] | None = None,
    detector: str | Path | None = None,
    decision: Mapping[str, float] | None = None,
) -> Published:
    """Writes a model's checkpoint without what only training needs, in half precision.

    Kept are the captioner's weights, its config with the pipeline that loads images, vocabulary and
    provenance. Optimiser, schedules, a second set of averaged weights, further losses and names of
    other files go. The same checkpoint gives the same bytes. Loaded again, weights are in single
    precision.

    Args:
        model: A checkpoint that holds its config; or a config, its file or name.
        weights: Checkpoint of that config; None where ``model`` is one.
        out: File to write. It is loaded, and checked, before it gets this name.
        check: Pairs that original and published model caption, anything that the inferencer takes.
        most_different: Pairs that may get another sentence, since rounding decides near ties.
        gsd: Ground sampling distance in metres of what the model was trained on, least and
            greatest, where the checkpoint does not say.
        detector: Checkpoint of a change detector whose masks the published model gives, see
            :func:`~mmrsicc.apis.attached_detector.attach_detector`.
        decision: Arguments of the published model's
            :class:`~mmrsicc.models.captioners.change_decision.ChangeDecision`.

    Raises:
        FileNotFoundError: If config or checkpoint is missing.
        ValueError: If the sentences of more pairs differ, the model cannot be published, or ``out``
            is a file that it is made from.
    """
    original = ChangeCaptionInferencer(model, weights, "cpu")
    check_unused(Path(out), filter(None, (original.checkpoint, detector)))
    attached = {}
    if detector is not None:
        source = attach_detector(original.model, detector)
        attached = {"change_detector_source": source, "change_detector_sha256": sha256(detector)}
    if decision is not None:
        original.model.speaker.set_decision(decision)
        original.model.cfg.model.speaker.decision = dict(decision)
    content = published_checkpoint(original, gsd)
    content["meta"][PROVENANCE_KEY] |= attached
    buffer = io.BytesIO()  # torch.save to a path would record a temporary name.
    torch.save(content, buffer)
    with atomic_path(out) as path:
        path.write_bytes(buffer.getvalue())
        # Loaded from the file alone, still under its temporary name. No file says by itself how a
        # tokenizer of one's own is built.
        own = type(original.model.speaker.tokenizer) not in (Vocabulary, BytePairs)
        again = ChangeCaptionInferencer(original.model.cfg if own else None, path, "cpu")
        pairs, different = (0, {}) if check is None else compare(original, again, check)
        if len(different) > most_different:
            raise ValueError(_told(different, pairs, out))
    out = Path(out)
    known = model_facts(out).gsd
    return Published(out, known, out.stat().st_size, sha256(out), pairs, different)


def published_checkpoint(
    captioner: ChangeCaptionInferencer, gsd: Sequence[float] | None = None
) -> dict[str, Any]:
    """Content of a published file.

    Args:
        captioner: The model with its weights.
        gsd: See :func:`publish`.

    Raises:
        ValueError: If the model has no vocabulary of its own.
    """
    content = read_checkpoint(captioner.checkpoint)
    tokenizer = getattr(getattr(captioner.model, "speaker", None), "tokenizer", None)
    if tokenizer is None:
        raise ValueError(f"{captioner.checkpoint} has no vocabulary: name a captioner's checkpoint")
    known = _training_gsd(captioner, gsd)
    kept = _without_folders(provenance_of(content))
    meta = {key: content["meta"][key] for key in _NOTES if key in content["meta"]}
    return {
        "state_dict": {
            name: halved(tensor) for name, tensor in captioner.model.state_dict().items()
        },
        "meta": {
            **_without_folders(meta),
            "cfg": _captioning_config(captioner).pretty_text,
            PROVENANCE_KEY: {
                **kept,
                "tokenizer": tokenizer.to_dict(),
                "training_gsd": known and asdict(known),
                "published": {
                    "from_sha256": sha256(captioner.checkpoint),
                    "mmrsicc": mmrsicc.__version__,
                },
            },
        },
    }


def compare(
    original: ChangeCaptionInferencer, published: ChangeCaptionInferencer, pairs: Any
) -> tuple[int, Differences]:
    """Number of pairs, and the sentences of those that the two models caption differently.

    Raises:
        OSError, ValueError: If a pair cannot be read.
    """
    first, second = (
        captioner(pairs, progress=False, skip_broken=False) for captioner in (original, published)
    )
    different = {
        _pair_name(number, a): (a.caption, b.caption)
        for number, (a, b) in enumerate(zip(first, second, strict=True), start=1)
        if a.caption != b.caption
    }
    return len(first), different


def _pair_name(number: int, result: CaptionResult) -> str:
    """Both files of a pair, or its place, from 1, among pairs of arrays."""
    files = result.before, result.after
    return f"pair {number}" if None in files else " and ".join(map(str, files))


def halved(tensor: Tensor) -> Tensor:
    """A tensor of floating point numbers in half precision, unless one is too large for it."""
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half()
    return half if torch.isfinite(half).all() else tensor


def _training_gsd(
    captioner: ChangeCaptionInferencer, told: Sequence[float] | None
) -> TrainingGsd | None:
    if told is not None:
        return TrainingGsd(min(told), max(told), "as published")
    known = model_facts(captioner.checkpoint).gsd
    trained = captioner.model.cfg.get("train_dataloader") or {}
    return known or TrainingGsd.of_dataset(trained.get("dataset"))


def _captioning_config(captioner: ChangeCaptionInferencer) -> Config:
    """Config with what captioning needs alone: no other files, no data set, no words.

    Words stand beside it, where the vocabulary is read from.
    """
    cfg = captioner.model.cfg.to_dict()
    image_pipeline(captioner.model)  # Raises a clear error if there is none.
    model = _without_sources(cfg["model"])
    model["speaker"].pop("tokenizer", None)
    pipeline = cfg["test_dataloader"]["dataset"]["pipeline"]
    return Config(
        {
            "default_scope": cfg.get("default_scope", "mmrsicc"),
            "model": model,
            "test_dataloader": {"dataset": {"pipeline": pipeline}},
        }
    )


def _without_sources(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {k: _without_sources(v) for k, v in part.items() if k not in _SOURCES}
    if isinstance(part, (list, tuple)):
        return type(part)(_without_sources(item) for item in part)
    return part


def _without_folders(value: Any) -> Any:
    """Provenance without the folders of the machine that a model was trained on."""
    if isinstance(value, Mapping):
        return {key: _without_folders(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_without_folders(item) for item in value)
    return _FOLDERS.sub("", value) if isinstance(value, str) else value


def _told(different: Differences, pairs: int, out: str | Path) -> str:
    pair, (before, now) = next(iter(different.items()))
    return (
        f"{len(different)} of {pairs} pairs get another sentence in half precision, such as "
        f"{pair}: {now!r} in the place of {before!r}; {out} is not written. Where so many may "
        "differ, give --most-different"
    )
