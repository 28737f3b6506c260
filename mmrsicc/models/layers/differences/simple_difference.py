"""One operation on two maps, projected."""

import torch
from torch import Tensor, nn

from mmrsicc.registry import MODELS

OPERATIONS = {
    "sub": lambda before, after: after - before,
    "abs": lambda before, after: (after - before).abs(),
    "sum": lambda before, after: before + after,
    "concat": lambda before, after: torch.cat([before, after], dim=1),
}


@MODELS.register_module()
class SimpleDifference(nn.Module):
    """``after - before``, its magnitude, the sum or both dates, then 1x1 and GroupNorm.

    The policies of Open-CD's ``FeatureFusionNeck``.

    Args:
        in_channels: Channels of both input maps.
        channels: Channels C of the difference map; a multiple of 32.
        operation: "sub", "abs", "sum" or "concat".

    Raises:
        ValueError: If the operation is another.
    """

    def __init__(self, in_channels: int, channels: int, operation: str = "sub") -> None:
        super().__init__()
        if operation not in OPERATIONS:
            raise ValueError(
                f"SimpleDifference has no operation {operation!r}: set one of {list(OPERATIONS)}"
            )
        self.operation = operation
        width = 2 * in_channels if operation == "concat" else in_channels
        self.project = nn.Sequential(nn.Conv2d(width, channels, 1), nn.GroupNorm(32, channels))

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        return self.project(OPERATIONS[self.operation](before, after))
