"""Map distillation: a change detector's maps taught to the neck's."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.convolution import resize
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures


@MODELS.register_module()
class MapDistillation(nn.Module):
    """Pulls the neck's difference maps to the change detector's (feature distillation).

    ``sum_k mean_p || n(A_k d_k) - n(t_k) ||^2``: d_k is the neck's map of scale k, t_k the frozen
    detector's, A_k a 1x1 convolution, n the L2 norm to 1 over channels at each place p. Each scale
    lies between 0 and 4, and is 2 - 2 cos. After training neither the detector nor the A_k are
    needed (``transfer_to="losses"`` of the encoder).

    Args:
        scale_channels: Channels of the neck's difference maps.
        detected_channels: Channels of the change detector's difference maps.
        loss_weight: Weight of the sum over scales.

    Raises:
        ValueError: If there is no detector, or neck and detector have different numbers of scales.
    """

    def __init__(
        self,
        scale_channels: Sequence[int],
        detected_channels: Sequence[int] | None,
        loss_weight: float = 0.1,
    ) -> None:
        super().__init__()
        if detected_channels is None or len(scale_channels) != len(detected_channels):
            raise ValueError(
                f"MapDistillation: the neck has {len(scale_channels)} scales, the change detector "
                f"{len(detected_channels or ())}: set out_indices of a backbone so that they agree"
            )
        self.loss_weight = loss_weight
        self.adapters = nn.ModuleList(
            nn.Conv2d(own, detected, 1)
            for own, detected in zip(scale_channels, detected_channels, strict=True)
        )

    def forward(
        self, features: DifferenceFeatures, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Returns ``loss_distill``, and the mean cosine of both as ``distill_cosine``."""
        assert features.change is not None
        detected = features.change.differences
        cosines = []
        for adapt, a, b in zip(self.adapters, features.scales, detected, strict=True):
            student = F.normalize(adapt(a).float(), dim=1)
            teacher = F.normalize(resize(b.detach().float(), a.shape[-2:]), dim=1)
            cosines.append((student * teacher).sum(1).mean())
        term = sum((2 - 2 * cosine for cosine in cosines), start=cosines[0].new_zeros(()))
        mean = sum(cosines, start=cosines[0].new_zeros(())) / len(cosines)
        return {"loss_distill": self.loss_weight * term, "distill_cosine": mean.detach()}
