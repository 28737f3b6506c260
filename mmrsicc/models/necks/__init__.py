"""Necks: from features of two dates to what differs."""

from mmrsicc.models.necks.chg2cap import Chg2Cap
from mmrsicc.models.necks.dual_attention import DualAttention
from mmrsicc.models.necks.fusion_neck import FusionNeck
from mmrsicc.models.necks.jfm import JFM
from mmrsicc.models.necks.mccformers import MCCFormersD, MCCFormersS
from mmrsicc.models.necks.pooled_fusion import PooledFusion
from mmrsicc.models.necks.psnet import PSNet
from mmrsicc.models.necks.pyramid_neck import PyramidNeck
from mmrsicc.models.necks.rsiccformer import RSICCformer
from mmrsicc.models.necks.subtraction_neck import SubtractionNeck

__all__ = [
    "JFM",
    "Chg2Cap",
    "DualAttention",
    "FusionNeck",
    "MCCFormersD",
    "MCCFormersS",
    "PSNet",
    "PooledFusion",
    "PyramidNeck",
    "RSICCformer",
    "SubtractionNeck",
]
