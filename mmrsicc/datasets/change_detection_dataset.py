"""Pairs of images with binary change masks, for training change detectors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset

from mmrsicc.datasets.image_io import IMAGE_SUFFIXES
from mmrsicc.registry import DATASETS, TRANSFORMS


@DATASETS.register_module()
class ChangeDetectionDataset(BaseDataset):
    """Bi-temporal pairs with change masks: ``A/``, ``B/`` and ``label/`` hold equal file stems.

    A pipeline receives a dict with ``pair_id`` (file stem), ``before_path``, ``after_path`` and
    ``mask_path``.

    Args:
        data_root: Folder that holds the three folders, or several such folders to be joined.
        source_dataset: Name of the data, kept in ``metainfo``: a frozen detector says by it what
            it was trained on.
        before_dir: Folder of the first date.
        after_dir: Folder of the second date.
        mask_dir: Folder of the masks.
        pipeline: Transforms, as configs or callables.
        **kwargs: As for MMEngine's ``BaseDataset`` (``test_mode``, ``indices``, ...).

    Raises:
        FileNotFoundError: If a folder is missing or empty, or the three do not hold equal stems.
    """

    METAINFO: dict[str, Any] = {"classes": ("unchanged", "changed")}

    def __init__(
        self,
        data_root: str | Sequence[str],
        source_dataset: str,
        before_dir: str = "A",
        after_dir: str = "B",
        mask_dir: str = "label",
        pipeline: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        self.roots = [data_root] if isinstance(data_root, str) else list(data_root)
        self.directories = (before_dir, after_dir, mask_dir)
        super().__init__(
            data_prefix={},
            # Built here, so that the data set also works where no default scope is set.
            pipeline=[TRANSFORMS.build(t) if isinstance(t, dict) else t for t in pipeline],
            **kwargs,
        )
        self._metainfo["source_dataset"] = source_dataset

    def load_data_list(self) -> list[dict]:
        """One dict per pair, roots in the given order, pairs sorted by name."""
        samples: list[dict] = []
        for root in self.roots:
            files = {name: images_by_stem(Path(root, name)) for name in self.directories}
            check_equal_stems(Path(root), files)
            before, after, mask = files.values()
            samples.extend(
                {
                    "pair_id": stem,
                    "before_path": str(before[stem]),
                    "after_path": str(after[stem]),
                    "mask_path": str(mask[stem]),
                }
                for stem in before
            )
        return samples


def images_by_stem(folder: Path) -> dict[str, Path]:
    """Images of a folder by file name without extension, sorted.

    Raises:
        FileNotFoundError: If the folder is missing or holds no image.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}: check data_root and the names of its folders")
    found = {p.stem: p for p in sorted(folder.iterdir()) if p.suffix.lower() in IMAGE_SUFFIXES}
    if not found:
        raise FileNotFoundError(f"no image in {folder}: expected {sorted(IMAGE_SUFFIXES)}")
    return found


def incomplete_stems(folders: dict[str, dict[str, Path]]) -> dict[str, list[str]]:
    """Stems that one of several folders has and another lacks, by the folder that lacks them."""
    every = sorted(set().union(*folders.values()))
    lacking = {name: [s for s in every if s not in files] for name, files in folders.items()}
    return {name: stems for name, stems in lacking.items() if stems}


def check_equal_stems(root: Path, folders: dict[str, dict[str, Path]]) -> None:
    """Raise ``FileNotFoundError`` unless all folders of a root hold equal stems."""
    for name, stems in incomplete_stems(folders).items():
        raise FileNotFoundError(
            f"{root / name} lacks {len(stems)} files that its sister folders have, the first: "
            f"{', '.join(stems[:3])}. Complete it, or remove the others"
        )
