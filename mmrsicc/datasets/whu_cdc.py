"""WHU-CDC: 7,434 pairs of 256 x 256 pixels at 0.075 m with five sentences and a mask each.

Shi et al., "A Multi-Task Network and Two Large Scale Datasets for Change Detection and Captioning
in Remote Sensing Images", IEEE TGRS 2024; the images are those of WHU-CD.
"""

from typing import Any

from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset
from mmrsicc.registry import DATASETS


@DATASETS.register_module()
class WHUCDCDataset(ChangeCaptionDataset):
    """WHU-CDC: ``images/{split}/{A,B,label}`` and ``whuCCcaptions.json``.

    Args:
        ann_file: Caption file, relative to ``data_root``.
        mask_dir: Folder of the change masks, or None.
        **kwargs: As for :class:`ChangeCaptionDataset`.
    """

    METAINFO: dict[str, Any] = {"dataset_name": "WHU-CDC", "gsd": 0.075}

    def __init__(
        self,
        ann_file: str = "whuCCcaptions.json",
        mask_dir: str | None = "label",
        **kwargs: Any,
    ) -> None:
        super().__init__(ann_file=ann_file, mask_dir=mask_dir, **kwargs)
