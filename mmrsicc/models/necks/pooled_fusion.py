"""One vector per pair from one vector per date."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class PooledFusion(nn.Module):
    """Joins the pooled features of both dates, as CNN-RNN change captioners do.

    Feature-level fusion (Chouaf et al. 2021, Hoxha et al. 2022): the last map of each date is
    averaged over its places, then the two vectors are joined. There is nothing to learn. Only
    the last scale is read.

    Args:
        in_channels: Channels of the K maps of each date; the last counts.
        fusion: ``difference``, after less before, D = C_K; or ``concatenation``, before and then
            after, D = 2 C_K.

    Raises:
        ValueError: If ``fusion`` is neither.
    """

    #: Tells the encoder that no other scale is read.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        fusion: str = "difference",
    ) -> None:
        super().__init__()
        if fusion not in ("difference", "concatenation"):
            raise ValueError(f"fusion must be 'difference' or 'concatenation', got {fusion!r}")
        self.fusion = fusion
        self.out_channels = in_channels[-1] * (1 if fusion == "difference" else 2)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; the one token is the pooled vector."""
        first, second = before[-1].mean((2, 3)), after[-1].mean((2, 3))
        joined = second - first if self.fusion == "difference" else torch.cat([first, second], 1)
        return DifferenceFeatures(tokens=joined.unsqueeze(1), pooled=joined)
