"""Pairs of images with change masks, for training change detectors."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset

from mmrsicc.datasets.image_windows import image_size
from mmrsicc.datasets.pair_files import find_images, incomplete, read_names
from mmrsicc.registry import DATASETS, TRANSFORMS
from mmrsicc.utils.counts import counted
from mmrsicc.utils.windows import cover


@DATASETS.register_module()
class ChangeDetectionDataset(BaseDataset):
    """Bi-temporal pairs with change masks: ``A/``, ``B/`` and ``label/`` hold equal file stems.

    A pipeline receives a dict with ``pair_id``, ``before_path``, ``after_path`` and ``mask_path``.
    Of images that are cut into tiles it also receives ``window``, and starts with ``LoadTile``;
    their ``pair_id`` ends with the tile's column and row. Where several roots are joined, it begins
    with what tells their paths apart, such as ``LEVIR-CD/train/``.

    Args:
        data_root: Folder that holds the three folders, or several such folders to be joined.
        source_dataset: Name of the data, kept in ``metainfo``: a frozen detector says by it what
            it was trained on.
        before_dir: Folder of the first date, or path with ``{}`` for the name of the pair (see
            :func:`mmrsicc.datasets.pair_files.find_images`).
        after_dir: The same of the second date.
        mask_dir: The same of the masks. ``mask_classes`` of the ``metainfo`` say what their values
            mean (see :mod:`mmrsicc.datasets.mask_values`).
        pairs: Which pairs are read: their names, or a text file below ``data_root`` that lists
            them; None: all. Needed where a folder is given with ``{}``.
        tile_size: Edge of the tiles that images are cut into while they are read, in pixels; None:
            whole images.
        tile_overlap: Pixels that neighbouring tiles share at least.
        pipeline: Transforms, as configs or callables.
        **kwargs: As for MMEngine's ``BaseDataset`` (``test_mode``, ``indices``, ...).

    Raises:
        FileNotFoundError: If a folder is missing or empty, or a pair is not complete.
        ValueError: If there are tiles and the pipeline has no ``LoadTile``, or the other way round.
    """

    METAINFO: dict[str, Any] = {"classes": ("unchanged", "changed")}

    def __init__(
        self,
        data_root: str | Sequence[str],
        source_dataset: str,
        before_dir: str = "A",
        after_dir: str = "B",
        mask_dir: str = "label",
        pairs: str | Sequence[str] | None = None,
        tile_size: int | None = None,
        tile_overlap: int = 0,
        pipeline: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        self.roots = [data_root] if isinstance(data_root, str) else list(data_root)
        self.directories = (before_dir, after_dir, mask_dir)
        self.pairs = pairs
        self.tile_size = tile_size
        self.tile_overlap = tile_overlap
        # Built here, so that the data set also works where no default scope is set.
        steps = [TRANSFORMS.build(t) if isinstance(t, dict) else t for t in pipeline]
        if steps:
            self._check_loading(steps[0])
        super().__init__(data_prefix={}, pipeline=steps, **kwargs)
        self._metainfo["source_dataset"] = source_dataset

    def _check_loading(self, first: Any) -> None:
        """Raise ``ValueError`` unless the first transform reads what the data set asks for."""
        reads_windows = getattr(first, "reads_windows", False)
        if self.tile_size is not None and not reads_windows:
            raise ValueError(
                f"tile_size={self.tile_size}, but the pipeline starts with {type(first).__name__}, "
                "which reads whole images: let it start with LoadTile"
            )
        if self.tile_size is None and reads_windows:
            raise ValueError(
                f"the pipeline starts with {type(first).__name__}, which reads tiles, but there is "
                "no tile_size: give one, or let it start with LoadPair"
            )

    def load_data_list(self) -> list[dict]:
        """One dict per pair or tile, roots in the given order, pairs sorted by name."""
        samples: list[dict] = []
        for root, prefix in zip(map(Path, self.roots), prefixes(self.roots), strict=True):
            names = self.names_in(root)
            files = {place: self.images_in(root, place, names) for place in self.directories}
            check_complete(root, files, names)
            before, after, mask = (files[place] for place in self.directories)
            for name in sorted(before):
                samples.append(
                    {
                        "pair_id": prefix + name,
                        "before_path": str(before[name]),
                        "after_path": str(after[name]),
                        "mask_path": str(mask[name]),
                    }
                )
        return self._in_tiles(samples)

    def names_in(self, root: Path) -> list[str] | None:
        """Names of a root's pairs; None: those of all its images."""
        return read_names(root, self.pairs)

    def images_in(self, root: Path, place: str, names: list[str] | None) -> dict[str, Path]:
        """Images of a root in one of the directories, by the names of their pairs."""
        return find_images(root, place, names)

    def sources(self) -> str:
        """Text that distinguishes data sets of other files."""
        return str((self.roots, self.directories, self.pairs))

    def _in_tiles(self, samples: list[dict]) -> list[dict]:
        """Each pair once for each of its tiles; the pairs themselves without ``tile_size``."""
        if self.tile_size is None:
            return samples
        return [
            tile for sample in samples for tile in tiles(sample, self.tile_size, self.tile_overlap)
        ]

    def get_data_info(self, idx: int) -> dict:
        """Sample ``idx`` as the pipeline receives it."""
        return {**super().get_data_info(idx), "mask_classes": self.metainfo.get("mask_classes")}


def prefixes(roots: Sequence[str]) -> list[str]:
    """Prefixes of the names of each root's pairs, so that equal ones stay apart."""
    if len(roots) == 1:
        return [""]
    places = [Path(root).resolve() for root in roots]
    shared = os.path.commonpath(places)
    return [f"{place.relative_to(shared).as_posix()}/" for place in places]


def tiles(sample: dict, size: int, overlap: int) -> list[dict]:
    """A pair once for each of its tiles; each knows its ``window``."""
    width, height = image_size(sample["before_path"])
    return [
        {**sample, "pair_id": f"{sample['pair_id']}_{window.x}_{window.y}", "window": window}
        for window in cover(width, height, size, overlap)
    ]


def check_complete(
    root: Path, files: dict[str, dict[str, Path]], names: Sequence[str] | None
) -> None:
    """Raise ``FileNotFoundError`` unless every pair of a root has all its images."""
    for place, missing in incomplete(files, names).items():
        others = "its sister folders have" if names is None else "the list of pairs names"
        raise FileNotFoundError(
            f"{root / place} lacks {counted(len(missing), 'file')} that {others}, the first: "
            f"{', '.join(missing[:3])}. Complete it, or remove the others"
        )
