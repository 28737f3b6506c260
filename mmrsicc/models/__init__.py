"""Models: captioners and the parts they are built from."""

import warnings

from mmrsicc.models.backbones import MixTransformer, VMamba
from mmrsicc.models.captioners import ChangeCaptioner, PairEncoder, Speaker
from mmrsicc.models.change_detectors import (
    BIT,
    FCEF,
    ChangeFormer,
    ChangeMamba,
    FCSiamConc,
    FCSiamDiff,
    SiameseChangeDetector,
    ZeroedChangeDetector,
)
from mmrsicc.models.data_preprocessor import PairDataPreprocessor
from mmrsicc.models.decoding import BeamSearch, GreedySearch
from mmrsicc.models.heads import TransformerCaptionHead
from mmrsicc.models.losses import TGCL, SoftPairGate
from mmrsicc.models.necks import JFM, SubtractionNeck
from mmrsicc.models.text_encoders import HashedNgramEncoder, SentenceTransformerEncoder

# MMCV says at import that its compiled ops are missing. Nothing here needs them.
warnings.filterwarnings("ignore", message="Fail to import ``MultiScaleDeformableAttention``")

__all__ = [
    "BIT",
    "FCEF",
    "JFM",
    "TGCL",
    "BeamSearch",
    "ChangeCaptioner",
    "ChangeFormer",
    "ChangeMamba",
    "FCSiamConc",
    "FCSiamDiff",
    "GreedySearch",
    "HashedNgramEncoder",
    "MixTransformer",
    "PairDataPreprocessor",
    "PairEncoder",
    "SentenceTransformerEncoder",
    "SiameseChangeDetector",
    "SoftPairGate",
    "Speaker",
    "SubtractionNeck",
    "TransformerCaptionHead",
    "VMamba",
    "ZeroedChangeDetector",
]
