"""Conversion of an authors' checkpoint to one of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from mmengine import Config
from mmengine.model import initialize
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

import mmrsicc.converters
from mmrsicc.apis import init_captioner
from mmrsicc.apis.model_listing import find_config
from mmrsicc.converters.pickled_modules import read_parts
from mmrsicc.models import ChangeCaptioner
from mmrsicc.tokenizers import BytePairs, Vocabulary
from mmrsicc.utils.checkpoint import load_weights
from mmrsicc.utils.config_file import read_config
from mmrsicc.utils.provenance import PROVENANCE_KEY, origin_of_converted

#: Config keys that captioning needs; the others describe a training that did not happen here.
_CAPTIONING = ("default_scope", "model", "test_dataloader")


@dataclass(frozen=True)
class Conversion:
    """A converted checkpoint, and what became of all that was in the authors'.

    Attributes:
        model: The captioner with the weights.
        unused: Tensors by the authors' names that their own code never computes with.
        others: Entries of the file that are no part of the model, such as optimizers.
        backbone: Where the backbone's weights are from; None for the authors' file.
        origin: What the checkpoint says of where it is from.
    """

    model: ChangeCaptioner
    unused: dict[str, Tensor]
    others: list[str]
    backbone: str | None
    origin: dict[str, Any]

    def checkpoint(self) -> dict[str, Any]:
        """Checkpoint for ``torch.save``."""
        cfg = Config({key: self.model.cfg[key] for key in _CAPTIONING if key in self.model.cfg})
        provenance = {"tokenizer": self.model.speaker.tokenizer.to_dict(), "converted": self.origin}
        return {
            "state_dict": self.model.state_dict(),
            "meta": {"cfg": cfg.pretty_text, PROVENANCE_KEY: provenance},
        }


def methods() -> dict[str, ModuleType]:
    """Captioners whose checkpoints can be converted: the modules of this package with ``PARTS``.

    ``PARTS`` holds the prefix of a part's names in ``KEYS`` by the part's key in a checkpoint. Each
    also has ``CONFIG``, our config of the same network; and ``END_IS_PADDING``, where sentences
    were trained to end with the id of padding.
    """
    package = mmrsicc.converters
    names = [module.name for module in iter_modules(package.__path__)]
    modules = {name: import_module(f"{package.__name__}.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "PARTS")}


def convert(
    method: str,
    source: str | Path,
    vocabulary: Vocabulary | BytePairs,
    config: str | Path | None = None,
) -> Conversion:
    """Converts a checkpoint, with every tensor in it and in our model accounted for.

    Where the authors extracted features beforehand their checkpoint has no backbone; it is then
    initialised as the config says, from pretrained weights.

    Args:
        method: One of :func:`methods`.
        source: The authors' file.
        vocabulary: That they trained with.
        config: Of the same network; the method's own if None.

    Raises:
        FileNotFoundError: If a file is missing.
        OSError: If pretrained weights cannot be loaded.
        ValueError: If the method is not known, or file, vocabulary and config do not go together.
    """
    known = methods()
    if method not in known:
        raise ValueError(f"no method {method!r}: choose one of {', '.join(known)}")
    rules = known[method]
    if getattr(rules, "END_IS_PADDING", False) and isinstance(vocabulary, Vocabulary):
        specials = {**vocabulary.specials, "end": vocabulary.specials["pad"]}
        vocabulary = Vocabulary(words=vocabulary.words, specials=specials)
    read = read_parts(source, rules.PARTS)
    tensors = {
        f"{rules.PARTS[part]}.{name}": tensor
        for part, state_dict in read.state_dicts.items()
        for name, tensor in state_dict.items()
    }
    converted = rules.KEYS.convert(tensors, str(source))
    model = _build(config or Path(rules.CONFIG).stem, vocabulary)
    weights, backbone = dict(converted.state_dict), None
    unread = _unread_normalisation(model, weights)
    if not any(name.startswith("encoder.backbone.") for name in weights):
        backbone = _load_pretrained_backbone(model, source)
        weights |= model.encoder.backbone.state_dict(prefix="encoder.backbone.")
    _check_vocabulary(model, weights, source)
    load_weights(model, weights, source)
    origin = {**origin_of_converted(method, source), "backbone": backbone}
    return Conversion(model, converted.unused | unread, read.others, backbone, origin)


def _build(config: str | Path, vocabulary: Vocabulary | BytePairs) -> ChangeCaptioner:
    """The model of a config, or of its name, with another vocabulary."""
    cfg = read_config(find_config(config))
    cfg.model.speaker.pop("tokenizer", None)
    cfg.model.speaker.tokenizer = vocabulary.to_dict()
    return init_captioner(cfg, None)


def _unread_normalisation(model: ChangeCaptioner, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Takes CLIP's last normalisation out of the weights where the config leaves it out."""
    if not isinstance(getattr(model.encoder.backbone, "post_layernorm", None), nn.Identity):
        return {}
    unread = [name for name in weights if ".backbone.post_layernorm." in name]
    return {name: weights.pop(name) for name in unread}


def _load_pretrained_backbone(model: ChangeCaptioner, source: str | Path) -> str:
    """Initialises the backbone; says from where."""
    init = model.cfg.model.encoder.backbone.get("init_cfg") or {}
    if "checkpoint" not in init:
        raise ValueError(
            f"{source} has no backbone, and the config names no weights for it: set "
            "model.encoder.backbone.init_cfg=dict(type='Pretrained', checkpoint=...)"
        )
    try:
        initialize(model.encoder.backbone, init)
    except OSError as error:
        raise OSError(
            f"{source} has no backbone, and {init['checkpoint']} cannot be loaded ({error}): "
            "download it, and name it in a config of yours as "
            "model.encoder.backbone.init_cfg.checkpoint"
        ) from error
    _check_backbone(model.encoder.backbone, init)
    return init["checkpoint"]


def _check_backbone(backbone: nn.Module, init: Mapping[str, Any]) -> None:
    """Checks that all of a backbone came from the file, which MMEngine does not ask."""
    content = CheckpointLoader.load_checkpoint(init["checkpoint"], map_location="cpu")
    found, prefix = content.get("state_dict", content), init.get("prefix", "")
    if prefix and not prefix.endswith("."):
        prefix += "."
    wrong = [
        prefix + key
        for key, own in backbone.state_dict().items()
        # Old files of torchvision's lack the counts of batches.
        if not key.endswith("num_batches_tracked")
        and getattr(found.get(prefix + key), "shape", None) != own.shape
    ]
    if wrong:
        raise ValueError(
            f"{init['checkpoint']} lacks {len(wrong)} weights of the backbone, or has them in "
            f"other shapes, the first: {wrong[0]}. Name a file of this backbone, or set "
            "init_cfg.prefix"
        )


def _check_vocabulary(
    model: ChangeCaptioner, weights: Mapping[str, Tensor], source: str | Path
) -> None:
    """Refuses weights for another number of words, in the words' terms."""
    words = len(model.speaker.tokenizer)
    for name, own in model.speaker.head.state_dict(prefix="speaker.head.").items():
        theirs = weights.get(name, own).shape
        if own.shape[:1] == (words,) and theirs[1:] == own.shape[1:] and theirs[0] != words:
            raise ValueError(
                f"{source} was trained with {theirs[0]} words ({name} has as many rows), but the "
                f"vocabulary has {words}: give the one that it was trained with"
            )
