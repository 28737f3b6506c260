"""Provenance of a checkpoint or a results file."""

import hashlib
import inspect
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mmengine import Config
from mmengine.registry import Registry

from mmrsicc.registry import DATASETS, METRICS, TASK_UTILS, TOKENIZERS
from mmrsicc.utils.training_gsd import TrainingGsd

#: Key of the provenance in a checkpoint's ``meta``.
PROVENANCE_KEY = "mmrsicc"

_PACKAGES = ("torch", "numpy", "mmengine", "mmcv", "mmpretrain", "mmsegmentation", "pycocoevalcap")

#: Arguments of a data set that affect scores.
_DATA = ("type", "data_root", "ann_file", "split")
_NO_CHANGE = ("no_change_policy", "no_change_sentence")
_GROUND_TRUTH = ("mask_dir", "semantic_dirs")


def provenance_of(checkpoint: Mapping[str, Any]) -> Mapping[str, Any]:
    """Provenance in a checkpoint; empty if there is none, or it is of an unknown form.

    All of it is data from a file. A name in it is shown or compared, never looked up or built.
    """
    kept = (checkpoint.get("meta") or {}).get(PROVENANCE_KEY)
    return kept if isinstance(kept, Mapping) else {}


def provenance(cfg: Config) -> dict[str, Any]:
    """Provenance of a training: versions, seed, command, parts, data and selection.

    Every setting that decides about scores is there, those that the config leaves to their defaults
    included. ``vocabulary`` is how the vocabulary was made, without its words. ``training_gsd`` is
    the least and greatest ground sampling distance in metres, None if the data set does not say.
    ``selection`` is the split that the training was validated on, and by which ``score`` of it the
    best checkpoint was kept, None if no checkpoint was.
    """
    checkpoint_hook = (cfg.get("default_hooks") or {}).get("checkpoint") or {}
    gsd = TrainingGsd.of_dataset((cfg.get("train_dataloader") or {}).get("dataset"))
    vocabulary = with_defaults(_speaker(cfg).get("tokenizer"), TOKENIZERS)
    return {
        **_run(cfg),
        "vocabulary": vocabulary and {k: v for k, v in vocabulary.items() if k != "words"},
        "training": _data_set(cfg.get("train_dataloader"), (*_DATA, *_NO_CHANGE)),
        "training_gsd": gsd and asdict(gsd),
        "selection": {
            "split": None,
            **(_data_set(cfg.get("val_dataloader"), _DATA) or {}),
            "score": checkpoint_hook.get("save_best"),
        },
    }


def results_record(
    cfg: Config,
    config: str,
    checkpoint: str | None,
    trained: Mapping[str, Any],
    scores: Mapping[str, float],
) -> dict[str, Any]:
    """Record beside a results file: its scores and everything that they rest on.

    Args:
        cfg: Of the test.
        config: Its file.
        checkpoint: The checkpoint's file; None for a model without weights.
        trained: The checkpoint's :func:`provenance`; empty if it has none.
        scores: Of the test.
    """
    data = _data_set(cfg.get("test_dataloader"), (*_DATA, *_GROUND_TRUTH))
    metrics = cfg.test_evaluator if isinstance(cfg.test_evaluator, list) else [cfg.test_evaluator]
    warnings = [] if checkpoint is None else selection_warnings(trained, data)
    return {
        "warnings": [*warnings, *ground_truth_warnings(cfg, data or {})],
        "scores": dict(scores),
        "config": config,
        "checkpoint": checkpoint,
        "checkpoint_sha256": None if checkpoint is None else sha256(checkpoint),
        "data": data,
        "metrics": [with_defaults(metric, METRICS) for metric in metrics],
        "tested": _run(cfg),
        "trained": dict(trained),
    }


def selection_warnings(
    trained: Mapping[str, Any], tested: Mapping[str, Any] | None = None
) -> list[str]:
    """Warnings about the split that a checkpoint was chosen on.

    Args:
        trained: Its :func:`provenance`.
        tested: The data set that it is scored on, where that is known already.
    """
    selection = trained.get("selection")
    if not (isinstance(selection, Mapping) and {"split", "score"} <= selection.keys()):
        return ["the checkpoint does not say on which split it was chosen"]
    if selection["split"] is None and "type" not in selection:
        return []  # No validation.
    # Masks come by folders, without splits. Older checkpoints do not say which data set it was.
    split = str(selection["split"] or Path(str(selection.get("data_root"))).name)
    same = tested is not None and all(
        _as_compared(key, tested.get(key)) == _as_compared(key, selection.get(key, tested.get(key)))
        for key in ("type", "data_root", "split")
    )
    if not same and not split.startswith("test"):
        return []
    if selection["score"] is None:
        chosen = f"was validated on split {split!r} while it was trained: if it was picked by that"
    else:
        chosen = f"was chosen by {selection['score']} on split {split!r}"
    advice = (
        "choose on another (val_dataloader.dataset.split='val')"
        if split.startswith("test")
        else "report those of another split"
    )
    return [f"the checkpoint {chosen}, scores on that split are too good to be compared: {advice}"]


def _as_compared(key: str, value: Any) -> Any:
    """A folder has several spellings."""
    return Path(value).resolve() if key == "data_root" and isinstance(value, str) else value


def ground_truth_warnings(cfg: Config, tested: Mapping[str, Any]) -> list[str]:
    """Warnings about annotation that a model is shown when it is tested.

    Masks that are only loaded are not warned of: metrics need them. No metric reads semantic maps,
    so whoever loads them feeds them to the model.

    Args:
        cfg: Of the test.
        tested: The data set that it is scored on.
    """
    shown = []
    if maps := tested.get("semantic_dirs"):
        shown.append(f"ground-truth semantic maps ({', '.join(maps)}) are loaded for the test")
    if (_speaker(cfg).get("token_mask") or {}).get("given_by") == "ground truth":
        shown.append("ground-truth change masks weigh the model's tokens in the test")
    return [
        f"{what}: scores of a model that reads them cannot be compared with scores from images "
        "alone"
        for what in shown
    ]


def dataset_name(dataset: Mapping[str, Any]) -> str | None:
    """Name of the data of a data set's config, as detectors and captioners know them.

    That is ``source_dataset`` of masks and ``dataset_name`` of captions; None if it has neither.
    """
    kind = dataset["type"]
    cls = DATASETS.get(kind) if isinstance(kind, str) else kind
    known = {**getattr(cls, "METAINFO", {}), **(dataset.get("metainfo") or {})}
    return dataset.get("source_dataset") or known.get("dataset_name")


def detector_sources(cfg: Config) -> list[str]:
    """Data sets of the change detectors whose weights a captioner has."""
    encoder = cfg.model.get("encoder") or {}
    parts = (encoder.get(part) or {} for part in ("change_detector", "encoder_weights"))
    found = dict.fromkeys(part.get("source_dataset") for part in parts)
    return [name for name in found if name]


def _speaker(cfg: Config) -> Mapping[str, Any]:
    """Config of a captioner's speaker; empty of models without one."""
    return cfg.model.get("speaker") or {}


def with_defaults(config: Mapping[str, Any] | None, registry: Registry) -> dict[str, Any] | None:
    """A component's config with the defaults of all arguments that it leaves out.

    One whose class is not known stays as it is.
    """
    if config is None:
        return None
    defaults: dict[str, Any] = {}
    kind = config.get("type")
    known = registry.get(kind) if isinstance(kind, str) else kind
    for cls in inspect.getmro(known) if known is not None else ():
        if (init := vars(cls).get("__init__")) is None:
            continue
        parameters = inspect.signature(init).parameters.values()
        for parameter in parameters:
            if parameter.default is not parameter.empty:
                defaults.setdefault(parameter.name, parameter.default)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            break  # It passes no arguments to its base classes.
    return {**defaults, **config}


def origin_of_converted(method: str, source: str | Path) -> dict[str, Any]:
    """Origin of converted weights: the authors' file, and what converted it.

    Args:
        method: Name of the conversion.
        source: The authors' file.
    """
    from mmrsicc import __version__

    return {
        "note": "converted, not trained here",
        "method": method,
        "file": Path(source).name,
        "sha256": sha256(source),
        "mmrsicc": __version__,
        "command": shlex.join(sys.argv),
    }


def sha256(path: str | Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _run(cfg: Config) -> dict[str, Any]:
    """Provenance that training and test have in common."""
    from mmrsicc import __version__

    return {
        "versions": {"mmrsicc": __version__, "python": sys.version.split()[0], **_versions()},
        "seed": (cfg.get("randomness") or {}).get("seed"),
        "command": shlex.join(sys.argv),
        "change_detector_source": " + ".join(detector_sources(cfg)) or None,
        "decoding": with_defaults(_speaker(cfg).get("decoding"), TASK_UTILS),
    }


def _data_set(dataloader: Any, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """Some arguments of a data loader's data set, those that it has."""
    if dataloader is None:
        return None
    config = with_defaults(dataloader["dataset"], DATASETS)
    assert config is not None
    return {key: config[key] for key in keys if key in config}


def _versions() -> dict[str, str]:
    """Versions by import name; the OneDL builds are told by their distribution's name."""
    found = {}
    for name in _PACKAGES:
        for distribution in (name, f"onedl-{name}", f"{name}-lite"):
            try:
                found[distribution] = version(distribution)
                break
            except PackageNotFoundError:
                continue
    return found
