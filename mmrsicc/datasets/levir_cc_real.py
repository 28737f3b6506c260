"""The recovered part of LEVIR-CC: 1,588 pairs whose images were found in public repositories.

A third of the official test split, and a tenth of the pairs that may be trained on. The caption
file has the official layout; its ``split`` says what a tile may be used for, its ``filepath`` where
its images lie.
"""

from pathlib import Path
from typing import Any

from mmrsicc.datasets.caption_file import CaptionRecord, read_split
from mmrsicc.datasets.change_caption_dataset import check_files
from mmrsicc.datasets.change_detection_dataset import ChangeDetectionDataset
from mmrsicc.datasets.levir_cc import LEVIRCCDataset
from mmrsicc.datasets.pair_files import read_names
from mmrsicc.registry import DATASETS
from mmrsicc.utils.counts import counted

#: Splits for training; the others contain tiles of the official test split, and overlapping ones.
TRAINABLE = ("train", "val")


@DATASETS.register_module()
class LEVIRCCRealDataset(LEVIRCCDataset):
    """Pairs and captions: ``images/{train,val,test}/{A,B}`` and ``LevirCCcaptions.json``.

    Args:
        split: ``train`` (762 pairs), ``val`` (122), ``test`` (631) or ``test_extra`` (73).
        test_mode: As for :class:`ChangeCaptionDataset`; must be set for the last two.
        **kwargs: As for :class:`ChangeCaptionDataset`.

    Raises:
        ValueError: If tiles of the official test split are to be trained on.
    """

    METAINFO: dict[str, Any] = {"dataset_name": "LEVIR-CC, recovered part", "gsd": 0.5}

    def __init__(self, split: str = "train", test_mode: bool = False, **kwargs: Any) -> None:
        check_trainable(split, test_mode)
        super().__init__(split=split, test_mode=test_mode, **kwargs)


@DATASETS.register_module()
class LEVIRCCRealMasks(ChangeDetectionDataset):
    """The same pairs with LEVIR-CD's masks, which show only buildings; captions are not read.

    Args:
        data_root: Folder of the data set.
        split: As for :class:`LEVIRCCRealDataset`.
        ann_file: Caption file below ``data_root``, which says the split of each tile.
        test_mode: As for :class:`LEVIRCCRealDataset`.
        **kwargs: As for :class:`ChangeDetectionDataset`.

    Raises:
        FileNotFoundError: If an image is missing.
        ValueError: If tiles of the official test split are to be trained on, or ``pairs`` names one
            that the split does not have.
    """

    def __init__(
        self,
        data_root: str,
        split: str = "train",
        ann_file: str = "LevirCCcaptions.json",
        test_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        check_trainable(split, test_mode)
        self.split = split
        self.caption_file = Path(data_root, ann_file)
        super().__init__(data_root, test_mode=test_mode, **kwargs)

    def load_data_list(self) -> list[dict]:
        """One dict per pair or tile, in the caption file's order."""
        root = Path(self.roots[0])
        names = self.names_in(root)
        files = [self.images_in(root, place, names) for place in self.directories]
        keys = ("before_path", "after_path", "mask_path")
        samples = [
            {
                "pair_id": name,
                **{key: str(images[name]) for key, images in zip(keys, files, strict=True)},
            }
            for name in names
        ]
        check_files(
            [Path(sample[key]) for sample in samples for key in keys], str(self.caption_file)
        )
        return self._in_tiles(samples)

    def names_in(self, root: Path) -> list[str]:
        """Names of the split's pairs, or of those that are asked for."""
        return [record.pair_id for record in self._records()]

    def images_in(self, root: Path, place: str, names: list[str] | None) -> dict[str, Path]:
        """Images of those pairs by name, also those that are missing."""
        return {
            record.pair_id: root / "images" / record.folder / place / record.filename
            for record in self._records()
        }

    def sources(self) -> str:
        """Splits have files of their own."""
        return str((super().sources(), self.caption_file, self.split))

    def _records(self) -> list[CaptionRecord]:
        """The split's records, or those of the pairs that are asked for."""
        records = read_split(self.caption_file, self.split)
        names = read_names(Path(self.roots[0]), self.pairs)
        if names is None:
            return records
        known = {record.pair_id for record in records}
        if unknown := [name for name in names if name not in known]:
            raise ValueError(
                f"the list of pairs names {counted(len(unknown), 'pair')} that split "
                f"{self.split!r} of {self.caption_file} does not have, the first: "
                f"{', '.join(unknown[:3])}: correct pairs, or choose another split"
            )
        wanted = set(names)
        return [record for record in records if record.pair_id in wanted]


def check_trainable(split: str, test_mode: bool) -> None:
    """Keeps tiles of the official test split out of training.

    Raises:
        ValueError: If ``split`` is another than those that may be trained on, and ``test_mode`` is
            not set.
    """
    if split not in TRAINABLE and not test_mode:
        raise ValueError(
            f"split={split!r} has tiles that nothing is trained on, such as those of LEVIR-CC's "
            "official test split: train on 'train', or set test_mode=True to test"
        )
