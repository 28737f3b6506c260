"""Losses of change masks, which a change detector puts together by config.

Each takes logits (B, 2, H, W) of unchanged and changed, and labels (B, H, W) of 0, 1 and 255, the
last not to be counted; it returns a scalar, 0 where no pixel counts. ``name`` is its term in the
log, ``weight`` its factor in the sum. More classes than two are refused where it is ``binary``.
"""

from mmrsicc.models.losses.masks.bce_loss import BCELoss
from mmrsicc.models.losses.masks.dice_loss import DiceLoss
from mmrsicc.models.losses.masks.focal_loss import FocalLoss
from mmrsicc.models.losses.masks.lovasz_loss import LovaszLoss

__all__ = ["BCELoss", "DiceLoss", "FocalLoss", "LovaszLoss"]
