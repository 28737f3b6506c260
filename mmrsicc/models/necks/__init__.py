"""Necks: from features of two dates to what differs."""

from mmrsicc.models.necks.change3d import Change3D
from mmrsicc.models.necks.chg2cap import Chg2Cap
from mmrsicc.models.necks.dgat import DGAT
from mmrsicc.models.necks.dual_attention import DualAttention
from mmrsicc.models.necks.foreign_necks import FusionNeck, PyramidNeck
from mmrsicc.models.necks.hisem import HiSem
from mmrsicc.models.necks.jfm import JFM
from mmrsicc.models.necks.mccformers import MCCFormersD, MCCFormersS
from mmrsicc.models.necks.mci import MCI
from mmrsicc.models.necks.promptcc import PromptCC
from mmrsicc.models.necks.psnet import PSNet
from mmrsicc.models.necks.rscama import RSCaMa
from mmrsicc.models.necks.rsiccformer import RSICCformer
from mmrsicc.models.necks.sen import SEN
from mmrsicc.models.necks.simple_necks import ConcatenationNeck, PooledFusion, SubtractionNeck
from mmrsicc.models.necks.sparse_focus import SparseFocus

__all__ = [
    "DGAT",
    "JFM",
    "MCI",
    "SEN",
    "Change3D",
    "Chg2Cap",
    "ConcatenationNeck",
    "DualAttention",
    "FusionNeck",
    "HiSem",
    "MCCFormersD",
    "MCCFormersS",
    "PSNet",
    "PooledFusion",
    "PromptCC",
    "PyramidNeck",
    "RSCaMa",
    "RSICCformer",
    "SparseFocus",
    "SubtractionNeck",
]
