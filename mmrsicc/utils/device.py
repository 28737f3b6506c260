"""Choice of the device."""

from __future__ import annotations

import torch


def usable_device(device: str | torch.device | None) -> torch.device:
    """The named device; for None the best available one.

    Raises:
        ValueError: Torch cannot use it.
    """
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return torch.empty(0, device=device).device
    # AssertionError if torch is built without CUDA.
    except (AssertionError, RuntimeError) as error:
        raise ValueError(
            f"torch cannot use device {str(device)!r}: give cpu, or cuda:N of a GPU that it sees "
            f"({torch.cuda.device_count()} now)"
        ) from error
