"""Seeds for methods that train a network on a pair."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded_training(seed: int, device: str | torch.device = "cpu") -> Iterator[None]:
    """Computes gradients with seeded draws; all generators are afterwards as they were.

    Args:
        seed: Of the draws on the CPU and on the device.
        device: Where the network is trained.
    """
    gpus = [torch.device(device)] if torch.device(device).type == "cuda" else []
    with torch.random.fork_rng(devices=gpus), torch.enable_grad():
        # torch.manual_seed would seed all GPUs of the process for good.
        torch.default_generator.manual_seed(seed)
        for gpu in gpus:
            with torch.cuda.device(gpu):
                torch.cuda.manual_seed(seed)
        yield
