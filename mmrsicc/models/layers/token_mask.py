"""Token mask: weighs tokens by a change mask."""

import logging
from math import isqrt

import torch.nn.functional as F
from mmengine.logging import print_log
from torch import Tensor, nn

from mmrsicc.registry import MODELS

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
        given_by: None reads the mask that the model itself predicts (its mask head's, else its
            change detector's). Otherwise the data set's ``gt_mask`` is read, in training and when
            predicting, and this names who made it: a model and the data that it was trained on,
            which the leakage check looks up; or "ground truth", with which the scores cannot be
            compared with scores from images alone.

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

    def forward(self, tokens: Tensor, changed: Tensor | None) -> Tensor:
        """Weighed tokens (B, N, D).

        Args:
            tokens: (B, N, D), N places of a square grid, row by row.
            changed: (B, H, W) bool, true where something changed.

        Raises:
            ValueError: If there is no mask, or the tokens are no square grid.
        """
        side = isqrt(tokens.shape[1])
        if side * side != tokens.shape[1]:
            raise ValueError(
                f"TokenMask: {tokens.shape[1]} tokens are no square grid: use a neck with one "
                "memory, such as JFM"
            )
        if changed is None:
            raise ValueError(
                "TokenMask: the model predicts no mask: set a change_detector with logits or a "
                "mask_head, or say by given_by who made the data set's masks"
            )
        grid = F.adaptive_avg_pool2d(changed.to(tokens)[:, None], side)
        return tokens * ((1 - self.alpha) + self.alpha * grid.flatten(2).transpose(1, 2))
