"""Scenes: two large rasters of one place in, maps of what changed out.

In reading order: ``settings``; ``opening``, ``grid``, ``validity``, ``resampling`` and ``raster``
(one date, north-up); ``stretch``, ``overview`` and ``pair`` (both dates on one grid, 8 bits),
``shift``, ``gsd``, ``dates``; ``tiles``, ``skipping``, ``results``, ``fingerprint``, ``journal``,
``captioning``;
``regions`` and what is written of them, ``vector_files``, ``mask_file``, ``report``; and
``scene``, which runs it all.

Needs rasterio and its friends: ``pip install "mmrsicc[geo]"``.
"""

from mmrsicc.scenes.outcome import SceneOutcome
from mmrsicc.scenes.results import Captioned, Captioner, TileResult
from mmrsicc.scenes.scene import caption_scene
from mmrsicc.scenes.settings import SceneSettings
from mmrsicc.scenes.skipping import PrefilterCost, prefilter_costs

__all__ = [
    "Captioned",
    "Captioner",
    "PrefilterCost",
    "SceneOutcome",
    "SceneSettings",
    "TileResult",
    "caption_scene",
    "prefilter_costs",
]
