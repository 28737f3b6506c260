"""Initial weights of a captioner's encoder from a change detector's checkpoint."""

import re
from collections.abc import Sequence

from torch import nn

from mmrsicc.utils.checkpoint import check_source, find_checkpoint, load_weights, read_checkpoint
from mmrsicc.utils.deep_stem import match_deep_stem


def load_encoder(
    encoder: nn.Module,
    checkpoint: str,
    source_dataset: str,
    made_by: str | None = None,
    prefix: str = "backbone.",
    unused: Sequence[str] = (),
) -> None:
    """Loads the encoder out of a detector's checkpoint, with every key accounted for.

    MMEngine's ``init_cfg=dict(type="Pretrained")`` loads what fits and says nothing of the rest;
    and backbones treat an initialiser of another name as none at all (mmpretrain's ResNet puts the
    last norm of its blocks to zero after it). So this is done once all parts are initialised.

    Args:
        encoder: What gets the weights.
        checkpoint: File, or glob pattern that matches one.
        source_dataset: Name of the data set that the detector was trained on.
        made_by: The command that makes ``checkpoint``, told where it is missing.
        prefix: What the encoder's keys begin with in the file.
        unused: Regular expressions, for whole keys without the prefix, of what the encoder does
            not have and leaves out, such as ``r"layer4\\..*"`` of an encoder cut short.

    Raises:
        FileNotFoundError: If the checkpoint is missing; the message says how to make it.
        ValueError: If a key is missing, left over or of another shape; or if the detector was
            trained on another data set.
    """
    path = find_checkpoint(checkpoint, made_by)
    content = read_checkpoint(path)
    check_source(content, source_dataset, path)
    every = content["state_dict"]
    weights = {k.removeprefix(prefix): v for k, v in every.items() if k.startswith(prefix)}
    if not weights:
        parts = sorted({key.split(".")[0] for key in every})
        raise ValueError(f"{path} has no keys {prefix}*, only parts {parts}: set prefix to one")
    kept = {
        key: value
        for key, value in weights.items()
        if not any(re.fullmatch(pattern, key) for pattern in unused)
    }
    kept = match_deep_stem(kept, encoder.state_dict())
    try:
        load_weights(encoder, kept, f"{path} ({prefix}*)")
    except ValueError as error:
        raise ValueError(
            f"{error} The backbone must be built as the detector's. What the encoder must do "
            "without is named by unused."
        ) from error
