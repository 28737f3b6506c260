"""State dicts from files of weights, also from those that hold whole pickled modules.

``torch.save(model)`` pickles a model's class by its name. Reading that back as PyTorch does imports
and runs the authors' code, or whatever else the file names. Here the file is read as data
(:mod:`mmrsicc.converters.inert_pickle`), and all that is taken is what PyTorch's modules keep in
themselves: parameters, buffers and other modules.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from mmrsicc.converters.inert_pickle import Instance, Storage
from mmrsicc.converters.weight_file import WeightFile, open_weights

_TENSORS = ("torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2")
_PARAMETERS = ("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state")

#: Maximum number of modules: a file with more is hostile.
_MOST_MODULES = 100_000


@dataclass(frozen=True)
class ReadParts:
    """Parts read from a checkpoint.

    Attributes:
        state_dicts: Of each part, by its key in the checkpoint.
        others: Keys of what was not looked at, such as optimizers.
    """

    state_dicts: dict[str, dict[str, Tensor]]
    others: list[str]


def read_parts(path: str | Path, keys: Collection[str]) -> ReadParts:
    """The state dicts of parts of a checkpoint, on the CPU; no code in the file is run.

    Args:
        path: File that ``torch.save`` wrote: a dict of modules or of state dicts. Of those that
            were saved within a ``DataParallel``, "module." is left out of the names.
        keys: Of the parts.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, holds more than weights, or lacks a part.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    try:
        with open_weights(path) as file:
            if not isinstance(file.content, dict):
                raise ValueError("it holds no dict of parts")
            reader = _Reader(file)
            parts = {
                key: reader.state_dict(file.content[key]) for key in keys if key in file.content
            }
            others = [str(key) for key in file.content if key not in parts]
    except Exception as error:  # A damaged or hostile file may raise any error.
        raise ValueError(
            f"{path} cannot be read as weights alone: {error}. Get the file again. If it is "
            "whole and you trust it, load it where its authors' code is installed, and save its "
            "modules' state_dict() in their places"
        ) from error
    if missing := [key for key in keys if key not in parts]:
        raise ValueError(
            f"{path} lacks {', '.join(missing)}: it has {', '.join([*parts, *others])}. It is a "
            "checkpoint of another method or version"
        )
    return ReadParts(parts, others)


class _Reader:
    """Makes state dicts from the inert content of one file."""

    def __init__(self, file: WeightFile) -> None:
        self._file = file
        self._numbers: dict[tuple[str, str], Tensor] = {}
        self._num_modules = 0

    def state_dict(self, part: Any) -> dict[str, Tensor]:
        """All tensors of a module or state dict, by name."""
        named = part.items() if isinstance(part, dict) else self._tensors_of(part)
        tensors = {str(name): self._tensor(value) for name, value in named}
        if all(name.startswith("module.") for name in tensors):
            return {name.removeprefix("module."): value for name, value in tensors.items()}
        return tensors

    def _tensors_of(self, module: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Names and inert tensors of a module and those in it, in the order of a state dict."""
        self._num_modules += 1
        if self._num_modules > _MOST_MODULES:
            raise ValueError(f"it holds more than {_MOST_MODULES} modules")
        state = module.state if isinstance(module, Instance) else None
        if not isinstance(state, dict) or "_parameters" not in state:
            raise ValueError("a part of it is neither module nor state dict")
        passing = state.get("_non_persistent_buffers_set", set())
        buffers = {name: v for name, v in state["_buffers"].items() if name not in passing}
        for name, value in {**state["_parameters"], **buffers}.items():
            if value is not None:
                yield f"{prefix}{name}", value
        for name, child in state["_modules"].items():
            if child is not None:
                yield from self._tensors_of(child, f"{prefix}{name}.")

    def _tensor(self, value: Any) -> Tensor:
        if not isinstance(value, Instance) or value.name not in _TENSORS + _PARAMETERS:
            raise ValueError("it holds something other than usual tensors among its weights")
        if value.name in _PARAMETERS:
            return self._tensor(value.args[0])
        storage, offset, size, stride = value.args[:4]
        if any(type(number) is not int for number in (*size, *stride, offset)):
            raise ValueError("a tensor in it has a shape that is no numbers")
        numbers = self._numbers_of(storage)
        if math.prod(size) > len(numbers):
            raise ValueError("a tensor in it is larger than what it holds")
        return numbers.as_strided(size, stride, offset)

    def _numbers_of(self, storage: Storage) -> Tensor:
        """Numbers of a storage, read once: tensors that shared it share it again."""
        place = (storage.key, storage.kind)
        if place not in self._numbers:
            self._numbers[place] = self._file.numbers(storage)
        return self._numbers[place]
