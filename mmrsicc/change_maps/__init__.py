"""Change detection without labels: two arrays in, a score map out, a threshold for the mask.

Read change_map.py first. Those in ``LEARNED`` train on the pair itself. ``reweighted.py`` is what
IR-MAD and ISFA share.
"""

from collections.abc import Callable
from functools import partial

from mmrsicc.change_maps.change_map import ChangeMap
from mmrsicc.change_maps.cva import CVA
from mmrsicc.change_maps.dcva import DCVA
from mmrsicc.change_maps.forest_regression import ForestRegression
from mmrsicc.change_maps.irmad import IRMAD
from mmrsicc.change_maps.isfa import ISFA
from mmrsicc.change_maps.novelty import Novelty
from mmrsicc.change_maps.pca_kmeans import PCAKMeans
from mmrsicc.change_maps.preclassified import PreClassified
from mmrsicc.change_maps.s3vm import S3VM
from mmrsicc.change_maps.sccn import SCCN
from mmrsicc.change_maps.thresholds import (
    THRESHOLDS,
    change_mask,
    kittler_illingworth,
    otsu,
    two_means,
)

#: Methods by their names in commands and tables.
METHODS: dict[str, Callable[..., ChangeMap]] = {
    "cva": CVA,
    "cva-standardized": partial(CVA, standardize=True),
    "pca-kmeans": PCAKMeans,
    "irmad": IRMAD,
    "isfa": ISFA,
    "dcva": DCVA,
}

#: Those that train on each pair, in seconds to minutes; the last two take dates of two sensors.
LEARNED: dict[str, Callable[..., ChangeMap]] = {
    "preclassified": PreClassified,
    "novelty": Novelty,
    "s3vm": S3VM,
    "sccn": SCCN,
    "forest": ForestRegression,
}

__all__ = [
    "CVA",
    "DCVA",
    "IRMAD",
    "ISFA",
    "LEARNED",
    "METHODS",
    "S3VM",
    "SCCN",
    "THRESHOLDS",
    "ChangeMap",
    "ForestRegression",
    "Novelty",
    "PCAKMeans",
    "PreClassified",
    "change_mask",
    "kittler_illingworth",
    "otsu",
    "two_means",
]
