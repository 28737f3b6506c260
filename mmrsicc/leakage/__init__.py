"""Do images that a change detector was trained on reappear where a captioner is tested?

In reading order: ``images.py`` lists the images of both sides, ``tiles.py`` cuts them,
``fingerprints.py`` makes bits of each tile, ``proposals.py`` finds tiles with similar bits,
``correlation.py`` compares the pixels of those, ``audit.py`` is all of that in a row, ``page.py``
and ``files.py`` show and keep the result. ``warnings.py`` says what it means for a captioner's
scores.
"""

from mmrsicc.leakage.audit import Audit, Match, audit_leakage
from mmrsicc.leakage.files import write_audit
from mmrsicc.leakage.images import ImageFile, images_of_config, images_of_folder, name_of_config
from mmrsicc.leakage.warnings import leakage_warnings

__all__ = [
    "Audit",
    "ImageFile",
    "Match",
    "audit_leakage",
    "images_of_config",
    "images_of_folder",
    "leakage_warnings",
    "name_of_config",
    "write_audit",
]
