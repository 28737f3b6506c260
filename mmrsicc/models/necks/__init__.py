"""Necks: from features of two dates to what differs."""

from mmrsicc.models.necks.jfm import JFM

__all__ = ["JFM"]
