"""Change detection without labels: two arrays in, a score map out, a threshold for the mask.

Read change_map.py first. ``reweighted.py`` is what IR-MAD and ISFA share.
"""

from collections.abc import Callable
from functools import partial

from mmrsicc.change_maps.change_map import ChangeMap
from mmrsicc.change_maps.cva import CVA
from mmrsicc.change_maps.dcva import DCVA
from mmrsicc.change_maps.irmad import IRMAD
from mmrsicc.change_maps.isfa import ISFA
from mmrsicc.change_maps.pca_kmeans import PCAKMeans
from mmrsicc.change_maps.thresholds import (
    THRESHOLDS,
    change_mask,
    kittler_illingworth,
    otsu,
    two_means,
)

#: By the name that commands and tables use.
METHODS: dict[str, Callable[..., ChangeMap]] = {
    "cva": CVA,
    "cva-standardized": partial(CVA, standardize=True),
    "pca-kmeans": PCAKMeans,
    "irmad": IRMAD,
    "isfa": ISFA,
    "dcva": DCVA,
}

__all__ = [
    "CVA",
    "DCVA",
    "IRMAD",
    "ISFA",
    "METHODS",
    "THRESHOLDS",
    "ChangeMap",
    "PCAKMeans",
    "change_mask",
    "kittler_illingworth",
    "otsu",
    "two_means",
]
