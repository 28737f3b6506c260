"""Scenes: two large rasters of one place in, maps of what changed out.

In reading order: ``settings``; ``stac_input``, ``opening``, ``grid``, ``validity``, ``resampling``
and ``raster`` (one date, north-up); ``stretch``, ``overview`` and ``pair`` (both dates on one grid,
8 bits), ``shift``, ``gsd``, ``dates``; ``tiles``, ``skipping``, ``results``, ``masking``,
``shapes`` and ``blocks`` (the unit of work); ``fingerprint``, ``parts`` and ``run_file`` (what is
kept of it); what is written, ``table``, ``style``, ``mask_file``, ``report``, ``stac``;
``merging``, and ``scene``, which runs it all.

Needs rasterio and the other packages of the extra: ``pip install "mmrsicc[geo]"``.
"""

from mmrsicc.scenes.masking import Masker, OwnMasks
from mmrsicc.scenes.merging import merge_scene
from mmrsicc.scenes.outcome import SceneOutcome
from mmrsicc.scenes.results import Captioned, Captioner, ChangeObject
from mmrsicc.scenes.scene import caption_scene
from mmrsicc.scenes.settings import SceneSettings
from mmrsicc.scenes.skipping import PrefilterCost, prefilter_costs

__all__ = [
    "Captioned",
    "Captioner",
    "ChangeObject",
    "Masker",
    "OwnMasks",
    "PrefilterCost",
    "SceneOutcome",
    "SceneSettings",
    "caption_scene",
    "merge_scene",
    "prefilter_costs",
]
