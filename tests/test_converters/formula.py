"""Weights and inputs that anyone can make again, to compare an authors' network with ours.

Their network, run by hand beside a copy of their code, and ours, run by a test, get the same
weights and inputs from here, so that a test needs no more of theirs than names, shapes and a few
outputs:

1. By hand: build their network, ``fill`` the shapes of its state dict, load the result, run it in
   eval mode on ``inputs`` and ``word_ids``; store the shapes and outputs (six digits).
2. In the test: ``fill`` the stored shapes, convert, load, run on the same inputs, compare.

Every tensor follows from its own name and shape alone, so tables may be cut or reordered. Numbers
come from NumPy's legacy generator, whose stream is frozen: they are the same on every machine.
What a module computes for itself (a table of sinusoidal positions) is no weight: keep their own.
"""

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor


def fill(shapes: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """Weights by name, of sizes that keep activations and logits between about 0.1 and 10.

    Matrices and kernels keep the variance of what they are applied to, embeddings (by their names)
    are uniform in [-1, 1], scales of normalisations in [0.5, 0.9], running variances in [0.5, 1.5],
    and all other vectors in [-0.1, 0.1]. Counts of batches are the integer 1.
    """
    return {name: _weight(name, tuple(shape)) for name, shape in shapes.items()}


def shapes_of(state_dict: Mapping[str, Tensor]) -> dict[str, list[int]]:
    """Shapes by name, as :func:`fill` takes them and JSON stores them."""
    return {name: list(tensor.shape) for name, tensor in state_dict.items()}


def inputs(name: str, *shape: int) -> Tensor:
    """Images or feature maps, uniform in [-1, 1]; another name gives other numbers."""
    return _uniform(name, shape, -1.0, 1.0)


def word_ids(name: str, batch: int, length: int, low: int, high: int) -> Tensor:
    """(batch, length) ids from ``low`` up to ``high`` - 1; leave out those with a meaning."""
    return torch.from_numpy(_generator(name).randint(low, high, (batch, length), dtype=np.int64))


def _weight(name: str, shape: tuple[int, ...]) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.tensor(1)
    if name.endswith("running_var"):
        return _uniform(name, shape, 0.5, 1.5)
    if "embedding" in name:
        return _uniform(name, shape, -1.0, 1.0)
    if len(shape) > 1:
        bound = (3.0 / np.prod(shape[1:])) ** 0.5
        return _uniform(name, shape, -bound, bound)
    if name.endswith("weight"):
        return _uniform(name, shape, 0.5, 0.9)
    return _uniform(name, shape, -0.1, 0.1)


def _uniform(name: str, shape: Sequence[int], low: float, high: float) -> Tensor:
    return torch.from_numpy(_generator(name).uniform(low, high, shape)).float()


def _generator(name: str) -> np.random.RandomState:
    return np.random.RandomState(zlib.crc32(name.encode()))
