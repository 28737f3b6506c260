"""What a change detector sees, taught to the captioner's own maps."""

from collections.abc import Mapping, Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.numbered_maps import numbered_maps
from mmrsicc.models.layers.resize import resize
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures


@MODELS.register_module()
class MapDistillation(nn.Module):
    """Draws the neck's difference maps to the change detector's (feature distillation).

    ``sum_k mean_p || n(A_k d_k) - n(t_k) ||^2``: d_k is the neck's map of scale k, t_k the frozen
    detector's, A_k a 1x1 convolution, n the L2 norm to 1 over channels at each place p. Each scale
    lies between 0 and 4, and is 2 - 2 cos. After training neither the detector nor the A_k are
    needed (``transfer_to="losses"`` of the captioner).

    Args:
        in_channels: Of the neck's tokens; ignored.
        encoder_channels: Of the backbone's last maps; ignored.
        loss_weight: Weight of the sum over scales.
    """

    def __init__(
        self, in_channels: int = 0, encoder_channels: int = 0, loss_weight: float = 0.1
    ) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.adapters = nn.ModuleList()

    def build_adapters(self, maps: Mapping[str, Tensor]) -> None:
        """Makes the A_k for maps such as these, those of a blank pair.

        Raises:
            ValueError: If neck and detector have different numbers of scales, or one has none.
        """
        own, detected = _scales(maps)
        self.adapters.extend(
            nn.Conv2d(a.shape[1], b.shape[1], 1) for a, b in zip(own, detected, strict=True)
        )

    def forward(
        self, difference: DifferenceFeatures, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Returns ``loss_distill``, and the mean cosine of both as ``distill_cosine``."""
        own, detected = _scales(difference.maps)
        cosines = []
        for adapt, a, b in zip(self.adapters, own, detected, strict=True):
            student = F.normalize(adapt(a).float(), dim=1)
            teacher = F.normalize(resize(b.detach().float(), a.shape[-2:]), dim=1)
            cosines.append((student * teacher).sum(1).mean())
        term = sum((2 - 2 * cosine for cosine in cosines), start=cosines[0].new_zeros(()))
        mean = sum(cosines, start=cosines[0].new_zeros(())) / len(cosines)
        return {"loss_distill": self.loss_weight * term, "distill_cosine": mean.detach()}


def _scales(maps: Mapping[str, Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """The neck's maps and the detector's."""
    own, detected = numbered_maps(maps, "scale"), numbered_maps(maps, "detected")
    if len(own) != len(detected):
        raise ValueError(
            f"MapDistillation: the neck has {len(own)} scales, the change detector "
            f"{len(detected)}: set out_indices of a backbone so that they agree"
        )
    return own, detected
