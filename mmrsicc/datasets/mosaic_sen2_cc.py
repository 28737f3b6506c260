"""MOSAIC-SEN2-CC: Sentinel-2 pairs of ten bands with five sentences each.

Tuzlupinar et al., "Introducing MOSAIC-SEN2-CC: A Multispectral Dataset and Adaptation Framework for
Remote Sensing Change Captioning", IEEE JSTARS 2025.
"""

from typing import Any

from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset
from mmrsicc.registry import DATASETS


@DATASETS.register_module()
class MOSAICSen2CCDataset(ChangeCaptionDataset):
    """MOSAIC-SEN2-CC in LEVIR-CC's layout, GeoTIFF of ten bands; read by ``LoadBands``.

    Bands: B2, B3, B4, B5, B6, B7, B8, B8A, B11, B12. The authors' own layout has not been seen.

    Args:
        ann_file: Caption file, relative to ``data_root``.
        **kwargs: As for :class:`ChangeCaptionDataset`.
    """

    METAINFO: dict[str, Any] = {"dataset_name": "MOSAIC-SEN2-CC", "gsd": 10.0}

    def __init__(self, ann_file: str = "LevirCCcaptions.json", **kwargs: Any) -> None:
        super().__init__(ann_file=ann_file, **kwargs)
