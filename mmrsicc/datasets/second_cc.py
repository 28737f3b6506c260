"""SECOND-CC: pairs at 0.3 to 3 m with two to five sentences and a semantic map of each date.

Karaca et al., "Robust Change Captioning in Remote Sensing: SECOND-CC Dataset and MModalCC
Framework", IEEE JSTARS 2025: 6,041 pairs of 256 x 256 pixels; the published ``SECOND-CC-AUG`` has
augmented ones besides, 10,855 in all. The maps are those of SECOND (Yang et al., "Asymmetric
Siamese Networks for Semantic Change Detection in Aerial Images", IEEE TGRS 2022): classes where
something changed, white elsewhere.
"""

from typing import Any

from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset
from mmrsicc.registry import DATASETS


@DATASETS.register_module()
class SECONDCCDataset(ChangeCaptionDataset):
    """SECOND-CC: ``{split}/{rgb,sem}/{A,B}`` and ``SECOND-CC-AUG.json``.

    ``semantic_dirs=("sem/A", "sem/B")`` loads the semantic maps too: they are ground truth, which
    a results file then says.

    Args:
        ann_file: Caption file, relative to ``data_root``.
        before_dir: Folder of the first date in that of a split.
        after_dir: Folder of the second date in that of a split.
        **kwargs: As for :class:`ChangeCaptionDataset`.
    """

    METAINFO: dict[str, Any] = {
        "dataset_name": "SECOND-CC",
        "gsd": (0.3, 3.0),
        "semantic_classes": {
            "unchanged": (255, 255, 255),
            "low vegetation": (0, 128, 0),
            "ground without vegetation": (128, 128, 128),
            "tree": (0, 255, 0),
            "water": (0, 0, 255),
            "building": (128, 0, 0),
            "playground": (255, 0, 0),
        },
    }

    def __init__(
        self,
        ann_file: str = "SECOND-CC-AUG.json",
        before_dir: str = "rgb/A",
        after_dir: str = "rgb/B",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("data_prefix", {"img": ""})
        super().__init__(ann_file=ann_file, before_dir=before_dir, after_dir=after_dir, **kwargs)
