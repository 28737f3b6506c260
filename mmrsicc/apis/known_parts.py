"""Check of the parts that a checkpoint's config may ask for.

A registry imports whatever it is asked for, and builds functions as well as classes. So a name out
of a file is first looked up among what is registered, and its class must be one of those below.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmcv.transforms import BaseTransform
from mmengine import Config
from mmengine.registry import Registry
from torch import nn

from mmrsicc.registry import MODELS, TASK_UTILS, TOKENIZERS, TRANSFORMS
from mmrsicc.utils.extras import import_extra

#: Packages that components may come from; a name in a file imports no other package.
SCOPES = ("mmrsicc", "mmengine", "mmcv", "mmpretrain", "mmseg", "mmdet", "opencd")

#: Modules of networks and of image loading.
_KNOWN = (
    *("torch.nn.", "mmengine.model.", "mmcv.cnn.", "mmcv.transforms."),
    *("mmpretrain.models.backbones.", "mmpretrain.models.necks."),
    *("mmseg.models.", "mmdet.models.", "opencd.models."),
)

#: Exceptions: modules that load models of other formats by name, or are for training only.
_REFUSED = (
    "mmrsicc.models.text_encoders.",
    "mmpretrain.models.backbones.timm_backbone.",
    "mmseg.models.backbones.timm_backbone.",
    "mmseg.models.backbones.vpd.",
    "mmseg.models.text_encoder.",
)


def check_parts(cfg: Config, source: str | Path) -> None:
    """Checks that model and test pipeline of a checkpoint's config are made of known parts.

    Args:
        cfg: The config, without what only training needs.
        source: The checkpoint's file, for messages.

    Raises:
        ModuleNotFoundError: If a part is of a package that is not installed.
        ValueError: If it names anything else; the message says what.
    """
    scope = cfg.get("default_scope", MODELS.scope)
    if scope != MODELS.scope:
        raise _refusal(source, f"the scope {scope!r:.80}")
    speaker = dict(cfg.model.get("speaker") or {})
    tokenizer, decoding = speaker.pop("tokenizer", None), speaker.pop("decoding", None)
    model = {**cfg.model, "speaker": speaker}
    pipeline: Any = cfg.to_dict()
    for key in ("test_dataloader", "dataset", "pipeline"):
        pipeline = pipeline.get(key) if isinstance(pipeline, Mapping) else None
    steps = isinstance(pipeline, list) and all(isinstance(step, Mapping) for step in pipeline)
    if cfg.get("test_dataloader") is not None and not steps:
        raise _refusal(source, f"the pipeline {pipeline!r:.80}")
    for part, registry in (
        (model, MODELS),
        (decoding, TASK_UTILS),
        (tokenizer, TOKENIZERS),
        (pipeline, TRANSFORMS),
    ):
        for kind in _kinds(part, source):
            if not _is_known(kind, registry):
                raise _refusal(source, repr(kind)[:80])


def _refusal(source: str | Path, what: str) -> ValueError:
    return ValueError(
        f"the config in {source} asks for {what}, which is not taken from a file: where you trust "
        "it, give the config file that it was trained with"
    )


def _kinds(part: Any, source: str | Path, scope: str = "") -> Iterator[Any]:
    """All names of parts in a nest of dicts and lists, with the scope that they are looked up in.

    ``init_cfg`` is skipped: a checkpoint contains all weights.
    """
    if isinstance(part, Mapping):
        kind = part.get("type")
        if "_scope_" in part:
            raise _refusal(source, f"the scope {part['_scope_']!r:.80}")
        if kind == "OpenCDChangeDetector" and not isinstance(part.get("config"), Mapping):
            raise _refusal(source, f"the config file {part.get('config')!r:.80} of Open-CD")
        if isinstance(part.get("class_weight"), str):  # MMSegmentation would unpickle it.
            raise _refusal(source, f"the file {part['class_weight']!r:.80} of class weights")
        if "type" in part:
            yield f"{scope}{kind}" if isinstance(kind, str) and "." not in kind else kind
        if kind == "OpenCDChangeDetector" or str(kind).startswith("opencd."):
            scope = "opencd."  # Open-CD looks up bare names in its own scope.
        part = [value for key, value in part.items() if key != "init_cfg"]
    if isinstance(part, list | tuple):
        for item in part:
            yield from _kinds(item, source, scope)


def _is_known(kind: Any, registry: Registry) -> bool:
    cls = _registered(kind, registry) if isinstance(kind, str) else None
    if not inspect.isclass(cls):
        return False
    if registry is MODELS and not issubclass(cls, nn.Module):
        return False
    if registry is TRANSFORMS and not issubclass(cls, BaseTransform):
        return False
    module = f"{cls.__module__}."
    # A class that was registered with the toolbox in this process is known as well.
    own = registry.module_dict.get(kind.removeprefix(f"{registry.scope}.")) is cls
    return (own or module.startswith(_KNOWN)) and not module.startswith(_REFUSED)


def _registered(name: str, registry: Registry) -> Any:
    """Class that is registered under a name; nothing is imported to find it."""
    scope, _, bare = name.rpartition(".")
    places: list[Registry | None] = [registry]
    if scope and scope != registry.scope:
        places = [_of_scope(scope, registry)]
    for place in places:
        while place is not None:
            place.import_from_location()
            if bare in place.module_dict:
                return place.module_dict[bare]
            place = place.parent
    return None


def _of_scope(scope: str, registry: Registry) -> Registry | None:
    """The registry of the same kind of another package, which is imported."""
    if scope not in SCOPES or registry.parent is None:
        return None
    if scope in ("mmengine", "mmcv"):  # MMCV uses MMEngine's registries.
        return registry.parent
    try:
        import_extra(f"{scope}.registry")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == scope:  # The package is missing, not refused.
            raise
        return None
    except ImportError:
        return None
    return registry.parent.children.get(scope)
