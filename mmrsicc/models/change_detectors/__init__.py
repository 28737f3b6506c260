"""Change detectors: native ones and adapters to foreign ones.

Read change_detector.py first: what they share. Each of the others adds a network.
"""

from mmrsicc.models.change_detectors.bcnn import BCNN
from mmrsicc.models.change_detectors.bit import BIT
from mmrsicc.models.change_detectors.cdformer import CDFormer
from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.change_detectors.changeclip import ChangeCLIP
from mmrsicc.models.change_detectors.changeformer import ChangeFormer
from mmrsicc.models.change_detectors.changemamba import ChangeMamba
from mmrsicc.models.change_detectors.dscn import DSCN, ContrastivePixelLoss
from mmrsicc.models.change_detectors.fc_siam import FCEF, FCSiamConc, FCSiamDiff
from mmrsicc.models.change_detectors.mask_samples import (
    changed_places,
    changed_shares,
    predict_masks,
    stack_masks,
)
from mmrsicc.models.change_detectors.opencd_change_detector import OpenCDChangeDetector
from mmrsicc.models.change_detectors.siamese_change_detector import (
    SiameseChangeDetector,
    ZeroedChangeDetector,
)
from mmrsicc.models.change_detectors.ssa_siamnet import SSASiamNet
from mmrsicc.models.change_detectors.tinycd import TinyCD
from mmrsicc.models.change_detectors.transunetcd import TransUNetCD

__all__ = [
    "BCNN",
    "BIT",
    "DSCN",
    "FCEF",
    "CDFormer",
    "ChangeCLIP",
    "ChangeDetector",
    "ChangeFormer",
    "ChangeMamba",
    "ContrastivePixelLoss",
    "FCSiamConc",
    "FCSiamDiff",
    "OpenCDChangeDetector",
    "SSASiamNet",
    "SiameseChangeDetector",
    "TinyCD",
    "TransUNetCD",
    "ZeroedChangeDetector",
    "changed_places",
    "changed_shares",
    "predict_masks",
    "stack_masks",
]
