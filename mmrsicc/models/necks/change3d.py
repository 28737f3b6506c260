"""Change3D: a video network's map of a learned frame is the difference."""

from collections.abc import Sequence

from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class Change3D(nn.Module):
    """Neck of Change3D's captioner (Zhu et al. 2025, CVPR): the learned frame's map, as it is.

    Needs :class:`~mmrsicc.models.backbones.X3D`, whose maps end with what became of the learned
    frame. It has no parameters, and no positions are added.

    Args:
        in_channels: Channels of the K maps of each date; of the last, half are the learned frame's.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(self, in_channels: Sequence[int]) -> None:
        super().__init__()
        self.out_channels = in_channels[-1] // 2

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns H_K W_K tokens and their mean."""
        learned = before[-1][:, self.out_channels :]
        tokens = learned.flatten(2).transpose(1, 2)
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(dim=1))
