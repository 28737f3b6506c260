"""Forest-Change: 334 Landsat pairs of tropical forests with five sentences and a mask each.

Brock et al., "Forest-Chat: Adapting Vision-Language Agents for Interactive Forest Change Analysis":
480 x 480 pixels at 30 m, a year apart. One sentence of each pair was written by a person, four were
made from its mask by rules.
"""

from typing import Any

from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset
from mmrsicc.registry import DATASETS


@DATASETS.register_module()
class ForestChangeDataset(ChangeCaptionDataset):
    """Forest-Change: ``images/{split}/{A,B,label}`` and ``ForestChatcaptions.json``.

    The file holds no change flag: it is 1 unless all sentences deny a change (see
    :mod:`mmrsicc.datasets.no_change`).

    Args:
        ann_file: Caption file, relative to ``data_root``.
        mask_dir: Folder of the masks, in which 0 is unchanged and the other value lost forest; or
            None.
        **kwargs: As for :class:`ChangeCaptionDataset`.
    """

    METAINFO: dict[str, Any] = {"dataset_name": "Forest-Change", "gsd": 30.0}

    def __init__(
        self,
        ann_file: str = "ForestChatcaptions.json",
        mask_dir: str | None = "label",
        **kwargs: Any,
    ) -> None:
        super().__init__(ann_file=ann_file, mask_dir=mask_dir, **kwargs)
