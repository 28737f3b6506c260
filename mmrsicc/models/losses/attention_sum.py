"""A price for looking at much of the images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures


@MODELS.register_module()
class AttentionSum(nn.Module):
    """Sum of a neck's attention over all places, as DUDA (Park et al. 2019) keeps it small.

    Averaged over both dates and over the changed pairs of all processes: where nothing changed,
    nothing is asked of the attention. A pair without a change flag counts as changed.

    Args:
        in_channels: Channels of the neck's vectors; ignored.
        encoder_channels: Channels of the backbone's last maps; ignored.
        weight: Weight of the loss.
    """

    def __init__(self, in_channels: int, encoder_channels: int, weight: float = 2.5e-3) -> None:
        super().__init__()
        self.weight = weight

    def forward(
        self, difference: DifferenceFeatures, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Takes ``attention_before`` and ``attention_after``, (B, 1, H, W), from ``maps``.

        Returns:
            ``loss_attention``, and ``attention_sum``, the same without its weight.

        Raises:
            KeyError: If the neck puts out no such maps.
        """
        maps = difference.maps
        if not {"attention_before", "attention_after"} <= maps.keys():
            raise KeyError(
                "AttentionSum needs the maps attention_before and attention_after, but the neck "
                f"gives {sorted(maps)}: use the neck DualAttention, or leave this loss out"
            )
        sums = (maps["attention_before"] + maps["attention_after"]).flatten(1).sum(1) / 2
        changed = torch.tensor([s.get("change_flag", 1) for s in samples], device=sums.device)
        # As with words: processes draw other numbers of changed pairs.
        count = changed.sum().float()
        all_reduce(count)
        mean = (sums * changed).sum() / (count.clamp(min=1) / get_world_size())
        return {"loss_attention": self.weight * mean, "attention_sum": mean.detach()}
