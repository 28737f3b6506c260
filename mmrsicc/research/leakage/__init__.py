"""Leakage audit: training images of a change detector in a captioner's test data.

In reading order: ``images.py`` lists the images of both sides, ``tiles.py`` cuts them,
``fingerprints.py`` makes bits of each tile, ``proposals.py`` finds tiles with similar bits,
``correlation.py`` compares the pixels of those, ``audit.py`` is all of that in a row, ``page.py``
and ``files.py`` show and keep the result.
"""

from mmrsicc.research.leakage.audit import Audit, Match, audit_leakage
from mmrsicc.research.leakage.files import write_audit
from mmrsicc.research.leakage.images import (
    ImageFile,
    images_of_config,
    images_of_folder,
    name_of_config,
)

__all__ = [
    "Audit",
    "ImageFile",
    "Match",
    "audit_leakage",
    "images_of_config",
    "images_of_folder",
    "name_of_config",
    "write_audit",
]
