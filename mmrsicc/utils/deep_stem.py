"""The deep stem of ResNet-v1c and v1d, which mmseg and mmpretrain name differently."""

from collections.abc import Collection, Mapping

from torch import Tensor

#: Places in mmseg's stem, one sequence, by names in mmpretrain's, three modules of two parts.
_NAMES = {"0": "0.conv", "1": "0.bn", "3": "1.conv", "4": "1.bn", "6": "2.conv", "7": "2.bn"}


def match_deep_stem(weights: Mapping[str, Tensor], own: Collection[str]) -> dict[str, Tensor]:
    """An encoder's weights, a stem of mmseg's under mmpretrain's names where the encoder's is such.

    So an encoder of Open-CD, which builds on mmseg, fits ``mmpretrain.ResNetV1c``. All else keeps
    its name.

    Args:
        weights: Tensors by the names in the file.
        own: Names of the encoder's tensors.
    """
    if "stem.0.weight" not in weights or "stem.0.conv.weight" not in own:
        return dict(weights)
    return {_renamed(key): value for key, value in weights.items()}


def _renamed(key: str) -> str:
    stem, _, rest = key.partition(".")
    place, _, parameter = rest.partition(".")
    return f"stem.{_NAMES[place]}.{parameter}" if stem == "stem" else key
