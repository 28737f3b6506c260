"""A trained change detector attached to a captioner, for its masks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from mmrsicc.apis.captioning import input_size
from mmrsicc.apis.detecting import init_detector


def attach_detector(captioner: Any, checkpoint: str | Path) -> str | None:
    """Gives a captioner the masks of a trained change detector; its sentences stay as they are.

    The detector must fit images of the captioner's input size and ground sampling distance.

    Args:
        captioner: A ``ChangeCaptioner`` with its config as ``cfg``, both of which are changed.
        checkpoint: The detector's, which holds its config.

    Returns:
        The data set that the detector was trained on, as its config tells it.

    Raises:
        FileNotFoundError: The checkpoint is missing.
        ValueError: The captioner predicts masks already, or the checkpoint has no detector, or
            one of images of another size or of other bands.
    """
    encoder = captioner.encoder
    if encoder.mask_head is not None or encoder.change_detector is not None:
        raise ValueError(
            f"the captioner has masks of its own: {checkpoint} cannot be attached; leave it out"
        )
    detector = init_detector(None, checkpoint)
    sizes = input_size(captioner), input_size(detector)
    if sizes[0] != sizes[1]:
        raise ValueError(
            f"{checkpoint} is of a detector that sees images of {sizes[1]} pixels, the captioner "
            f"of {sizes[0]}: attach a detector trained at that size"
        )
    bands = encoder.normalizer.bands
    try:
        with torch.no_grad():
            detector.extract(*(torch.zeros(1, count, 64, 64) for count in bands))
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"{checkpoint} does not take the captioner's images, of {bands[0]} and {bands[1]} "
            f"bands ({error}): attach a detector of such images"
        ) from error
    encoder.change_detector = detector.requires_grad_(False).eval()
    encoder.transfer_to = "mask"
    told = detector.cfg.model
    captioner.cfg.model.encoder.update(change_detector=told, transfer_to="mask")
    return told.get("source_dataset")
