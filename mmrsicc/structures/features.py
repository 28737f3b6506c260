"""What backbones, change detectors and necks hand to one another."""

from dataclasses import dataclass, field

from torch import Tensor


@dataclass
class ChangeFeatures:
    """What a change detection model knows of a batch of pairs.

    Attributes:
        before: K maps of the first date, each (B, C_k, H_k, W_k), finest first.
        after: The same of the second date.
        difference: K maps of what differs, or None if the detector has none.
        logits: (B, C, H, W) scores of unchanged and of the classes of change, mostly one; or None.
    """

    before: tuple[Tensor, ...]
    after: tuple[Tensor, ...]
    difference: tuple[Tensor, ...] | None = None
    logits: Tensor | None = None


@dataclass
class DifferenceFeatures:
    """What a neck says differs between the two dates of a batch of pairs.

    Attributes:
        tokens: (B, N, D) memory that a caption head attends to.
        pooled: (B, D) one vector per pair.
        maps: Further maps by name, for losses and pictures.
        statistics: Scalars to be logged with the losses, by name.
    """

    tokens: Tensor
    pooled: Tensor
    maps: dict[str, Tensor] = field(default_factory=dict)
    statistics: dict[str, Tensor] = field(default_factory=dict)
