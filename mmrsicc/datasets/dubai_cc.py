"""Dubai-CC: Landsat tiles of Dubai, 2000 and 2010.

500 pairs of 50 x 50 pixels at 30 m with five sentences each (Hoxha et al., "Change Captioning: A
New Paradigm for Multitemporal Remote Sensing Image Analysis", IEEE TGRS 2022).
"""

from pathlib import Path
from typing import Any

from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset
from mmrsicc.registry import DATASETS


@DATASETS.register_module()
class DubaiCCDataset(ChangeCaptionDataset):
    """Dubai-CC: ``imgs_tiles/RGB/{500_2000,500_2010}`` and three files of captions in a folder.

    The files hold no change flag: it is 0 where all five sentences deny a change (see
    :mod:`mmrsicc.datasets.no_change`). The images of all splits lie in the same two folders.

    Args:
        ann_file: Folder of the caption files, relative to ``data_root``.
        before_dir: Folder of the tiles of 2000.
        after_dir: Folder of the tiles of 2010.
        **kwargs: As for :class:`ChangeCaptionDataset`.
    """

    METAINFO: dict[str, Any] = {"dataset_name": "Dubai-CC", "gsd": 30.0}

    def __init__(
        self,
        ann_file: str = "description_jsontr_te_val",
        before_dir: str = "500_2000",
        after_dir: str = "500_2010",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("data_prefix", {"img": "imgs_tiles/RGB"})
        super().__init__(ann_file=ann_file, before_dir=before_dir, after_dir=after_dir, **kwargs)

    def image_path(self, directory: str, folder: str, filename: str) -> Path:
        """Path of an image: splits have no folders."""
        return Path(self.data_prefix["img"], directory, filename)
