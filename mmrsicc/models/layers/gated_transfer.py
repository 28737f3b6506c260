"""How the change detector's difference joins the captioner's."""

import torch
from torch import Tensor, nn

from mmrsicc.registry import MODELS


@MODELS.register_module()
class GatedTransfer(nn.Module):
    """Lets the change detector's difference into the captioner's through a learned gate.

    ``d + G * W d_cd`` with ``G = sigmoid(conv1x1([d; d_cd]))``. The gate's bias starts at -2, so
    the gate is almost closed (0.12) until training opens it.

    Args:
        channels: Channels C of both difference maps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = nn.Conv2d(2 * channels, channels, 1)
        self.project = nn.Conv2d(channels, channels, 1)
        nn.init.constant_(self.gate.bias, -2.0)  # type: ignore[arg-type]

    def forward(self, difference: Tensor, detected: Tensor) -> tuple[Tensor, Tensor]:
        """Takes two (B, C, H, W) maps; returns the joint map and the gate, both of that shape."""
        gate = self.gate(torch.cat([difference, detected], dim=1)).sigmoid()
        return difference + gate * self.project(detected), gate
