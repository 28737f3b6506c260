"""Necks: from features of two dates to what differs."""

from mmrsicc.models.necks.jfm import JFM
from mmrsicc.models.necks.subtraction_neck import SubtractionNeck

__all__ = ["JFM", "SubtractionNeck"]
