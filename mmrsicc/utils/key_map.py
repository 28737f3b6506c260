"""Map from the names of tensors in another project's checkpoint to ours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mmrsicc.utils.counts import counted


@dataclass(frozen=True)
class Converted:
    """A checkpoint under our names.

    Attributes:
        state_dict: Tensors by our names.
        unused: Tensors by the authors' names that their own code never computes with.
    """

    state_dict: dict[str, Tensor]
    unused: dict[str, Tensor]


@dataclass(frozen=True)
class KeyMap:
    """Renames of the tensors of one network.

    Attributes:
        renames: Our name by the authors' name, a regular expression for the whole of it; groups
            are referred to as in ``re.sub``. The first that fits counts. A name with ``{qkv}``
            stands for three: the tensor is cut in three along its first axis, for ``query``,
            ``key`` and ``value``. Names that end in ``{first}`` and ``{second}`` are halves of one
            tensor, joined along the first axis; ``{1x1}`` makes a matrix the kernel of a 1x1
            convolution. ``{a|b}`` cuts a tensor in equal parts along its first axis, by their
            names; a part without a name is unused. ``{T}`` transposes a matrix first. ``{linear}``
            makes the kernel of a 1x1 convolution a matrix, and leaves a matrix as it is.
        unused: Regular expressions of names whose tensors the authors' code never computes with.
    """

    renames: Mapping[str, str]
    unused: Sequence[str] = field(default=())

    def convert(self, state_dict: Mapping[str, Tensor], source: str) -> Converted:
        """Renames all tensors.

        Args:
            state_dict: Tensors by the authors' names.
            source: Where they come from, for messages.

        Raises:
            ValueError: If a name is unknown, two tensors get the same one, or a half is missing.
        """
        found: dict[str, Tensor] = {}
        unused: dict[str, Tensor] = {}
        unknown = []
        for key, tensor in state_dict.items():
            if any(re.fullmatch(pattern, key) for pattern in self.unused):
                unused[key] = tensor
            elif new := self._renamed(key):
                for name, part in _parts(new, tensor):
                    if name is None:
                        unused[f"{key} (a part)"] = part
                    elif name in found:
                        raise ValueError(f"{source}: {key} and another tensor both become {name}")
                    else:
                        found[name] = part
            else:
                unknown.append(key)
        if unknown:
            raise ValueError(
                f"{source} has {counted(len(unknown), 'tensor')} that this method does not have, "
                f"the first: {', '.join(unknown[:5])}. It is a checkpoint of another "
                "method or version"
            )
        return Converted(_joined(found, source), unused)

    def _renamed(self, key: str) -> str | None:
        for pattern, name in self.renames.items():
            if match := re.fullmatch(pattern, key):
                return match.expand(name)
        return None


def _joined(found: dict[str, Tensor], source: str) -> dict[str, Tensor]:
    """The tensors, halves put together."""
    joined = {}
    for name, tensor in found.items():
        if name.endswith("{first}"):
            whole = name.removesuffix("{first}")
            if f"{whole}{{second}}" not in found:
                raise ValueError(f"{source} lacks the second half of {whole}: it is cut short")
            joined[whole] = torch.cat([tensor, found[f"{whole}{{second}}"]])
        elif not name.endswith("{second}"):
            joined[name] = tensor
    return joined


def _parts(name: str, tensor: Tensor) -> list[tuple[str | None, Tensor]]:
    """Names and tensors that a tensor becomes; None for a part that is never computed with."""
    if "{T}" in name:
        name, tensor = name.replace("{T}", ""), tensor.T
    if "{linear}" in name:
        return [(name.replace("{linear}", ""), tensor.flatten(1))]
    if "{1x1}" in name:
        return [(name.replace("{1x1}", ""), tensor[..., None, None])]
    cut = re.search(r"\{(\w*(?:\|\w*)+)\}", name.replace("{qkv}", "{query|key|value}"))
    if cut is None:
        return [(name, tensor)]
    before, after = cut.string[: cut.start()], cut.string[cut.end() :]
    parts = cut[1].split("|")
    names = [f"{before}{part}{after}" if part else None for part in parts]
    return list(zip(names, tensor.tensor_split(len(parts)), strict=True))
