"""LEVIR-CC and LEVIR-MCI.

LEVIR-CC: 10,077 pairs of 256 x 256 pixels at 0.5 m with five sentences each (Liu et al., "Remote
Sensing Image Change Captioning With Dual-Branch Transformers", IEEE TGRS 2022). LEVIR-MCI adds
change masks (Liu et al., "Change-Agent", IEEE TGRS 2024).
"""

from typing import Any

from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset
from mmrsicc.registry import DATASETS


@DATASETS.register_module()
class LEVIRCCDataset(ChangeCaptionDataset):
    """LEVIR-CC: ``images/{split}/{A,B}`` and ``LevirCCcaptions.json``.

    Args:
        ann_file: Caption file, relative to ``data_root``.
        **kwargs: As for :class:`ChangeCaptionDataset`.
    """

    METAINFO: dict[str, Any] = {"dataset_name": "LEVIR-CC", "gsd": 0.5}

    def __init__(self, ann_file: str = "LevirCCcaptions.json", **kwargs: Any) -> None:
        super().__init__(ann_file=ann_file, **kwargs)


@DATASETS.register_module()
class LEVIRMCIDataset(LEVIRCCDataset):
    """LEVIR-MCI: LEVIR-CC with masks in ``label``: 0 unchanged, 128 road, 255 building.

    ``gt_mask`` has their ids: 1 road, 2 building.

    Args:
        mask_dir: Folder of the change masks.
        **kwargs: As for :class:`ChangeCaptionDataset`.
    """

    METAINFO: dict[str, Any] = {
        "dataset_name": "LEVIR-MCI",
        "gsd": 0.5,
        "mask_classes": {128: "road", 255: "building"},
    }

    def __init__(self, mask_dir: str = "label", **kwargs: Any) -> None:
        super().__init__(mask_dir=mask_dir, **kwargs)
