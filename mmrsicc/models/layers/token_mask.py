"""Tokens weighed by a change mask."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from math import isqrt

import torch
import torch.nn.functional as F
from mmengine.logging import print_log
from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures, is_changed

#: What ``given_by`` says of annotated masks.
GROUND_TRUTH = "ground truth"


@MODELS.register_module()
class TokenMask(nn.Module):
    """Weighs the tokens of a pair by where a mask says that something changed.

    ``tokens * ((1 - alpha) + alpha * m)``, with m the share of changed pixels in a token's cell of
    the grid, as the released code of MV-CC does with alpha 1 (Liu et al., "MV-CC: Mask Enhanced
    Video Model for Remote Sensing Change Caption", arXiv 2410.23946). Nothing flows back through
    the mask.

    Args:
        alpha: Between 0, which leaves the tokens as they are, and 1, which keeps none of what
            lies outside the mask.
        given_by: None takes the mask that the model itself finds (``change_logits``: of its change
            detector, if it has no mask head). Otherwise the data set's ``gt_mask`` is taken, in
            training and when predicting, and this says who made it: a model and the data that it
            was trained on, which leakage is looked up by; or "ground truth", with which the scores
            cannot be compared with scores from images alone.

    Raises:
        ValueError: If alpha is out of its range.
    """

    def __init__(self, alpha: float = 1.0, given_by: str | None = None) -> None:
        super().__init__()
        if not 0 <= alpha <= 1:
            raise ValueError(f"TokenMask: alpha={alpha} must lie between 0 and 1")
        if given_by == GROUND_TRUTH:
            print_log(
                "TokenMask shows ground-truth masks to the model: its scores cannot be compared "
                "with scores from images alone",
                logger="current",
                level=logging.WARNING,
            )
        self.alpha = alpha
        self.given_by = given_by

    def forward(
        self,
        difference: DifferenceFeatures,
        samples: Sequence[ChangeDataSample] | None,
        size: Sequence[int],
    ) -> DifferenceFeatures:
        """The difference with weighed tokens; ``maps`` gets ``token_mask`` (B, 1, g, g).

        Args:
            difference: Its N tokens lie on a square grid, row by row.
            samples: With ``gt_mask`` (H, W) of class ids, if masks are given.
            size: (H, W) of the batch, padding included.

        Raises:
            ValueError: If there is no mask, or the tokens are no square grid.
        """
        places = difference.tokens.shape[1]
        side = isqrt(places)
        if side * side != places:
            raise ValueError(
                f"TokenMask: {places} tokens are no square grid: take a neck with one memory, "
                "such as JFM"
            )
        changed = self._given(samples, size) if self.given_by else self._found(difference)
        grid = F.adaptive_avg_pool2d(changed.to(difference.tokens)[:, None], side)
        weights = (1 - self.alpha) + self.alpha * grid.flatten(2).transpose(1, 2)
        return replace(
            difference,
            tokens=difference.tokens * weights,
            maps={**difference.maps, "token_mask": grid},
        )

    def _found(self, difference: DifferenceFeatures) -> Tensor:
        """(B, H, W), true where the model sees a change."""
        if "change_logits" not in difference.maps:
            raise ValueError(
                "TokenMask: the model finds no mask: set a change_detector with logits, or say by "
                "given_by who made the data set's masks"
            )
        return difference.maps["change_logits"].argmax(1) != 0

    def _given(self, samples: Sequence[ChangeDataSample] | None, size: Sequence[int]) -> Tensor:
        """(B, H, W), true where the samples' masks are changed, not where ignored or padded."""
        masks = []
        for sample in samples or []:
            if "gt_mask" not in sample:
                raise ValueError(
                    f"TokenMask: pair {sample.get('pair_id')!r} has no mask: set mask_dir of the "
                    "data set to the folder of the masks"
                )
            mask = is_changed(sample.gt_mask)
            masks.append(F.pad(mask, (0, size[1] - mask.shape[1], 0, size[0] - mask.shape[0])))
        if not masks:
            raise ValueError(
                f"TokenMask: the masks of {self.given_by!r} come with a data set: run "
                "tools/test.py, or take a model that finds its masks itself for images alone"
            )
        return torch.stack(masks)
