"""Images to compare: those of a folder, or of a config's data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.registry import init_default_scope

from mmrsicc.datasets.pair_files import images_in
from mmrsicc.registry import DATASETS
from mmrsicc.utils.config_file import read_config
from mmrsicc.utils.provenance import dataset_name

#: Config keys by which a data set cuts tiles; the audit cuts its own.
_TILED = ("tile_size", "tile_overlap")


@dataclass(frozen=True)
class ImageFile:
    """One date of a pair.

    Attributes:
        pair_id: Name of the pair.
        split: Split that it belongs to.
        date: ``before`` or ``after``.
        path: Its file.
    """

    pair_id: str
    split: str
    date: str
    path: str


def images_of_folder(
    root: str | Path, split: str, folders: Sequence[str] = ("A", "B")
) -> list[ImageFile]:
    """Images in the folders of the dates, below ``root`` or below ``root/split``.

    Args:
        root: Folder that holds them, or a folder per split that does.
        split: Name of the split; looked for first as a folder of ``root``. Where there is none,
            ``root`` is that of this split: all that is in it counts.
        folders: Folder of the first date and of the second; a single one if there is one date.

    Raises:
        FileNotFoundError: If a folder is missing or has no image.
    """
    base = next((f for f in (Path(root, split), Path(root, "images", split)) if f.is_dir()), None)
    base = base or Path(root)
    found = []
    for date, name in zip(("before", "after"), folders, strict=False):
        folder = base / name
        files = images_in(folder) if folder.is_dir() else []
        if not files:
            raise FileNotFoundError(
                f"no image in {folder}: name the folder above the dates' folders, and those by "
                "--source-folders or --target-folders"
            )
        found += [ImageFile(path.stem, split, date, str(path)) for path in files]
    return found


def images_of_config(
    config: str | Path, split: str, options: Mapping[str, Any] | None = None
) -> list[ImageFile]:
    """Images of the data set of a config's ``{split}_dataloader``, whole ones also of tiled sets.

    A split without a loader of its own is one of the test's data set.

    Args:
        config: File of any config with data loaders, of detector or captioner.
        split: ``train``, ``val``, ``test`` or another split of the test's data set.
        options: Values that override the config's.

    Raises:
        ValueError: If the config has no such data loader.
        FileNotFoundError: If images are missing.
    """
    dataset = DATASETS.build(
        {
            **{k: v for k, v in _dataset(config, split, options).items() if k not in _TILED},
            "pipeline": [],
            "test_mode": True,
        }
    )
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    # As a test names them: options may have the loader read another split.
    named = str(_dataset(config, split, options).get("split", split))
    return [
        ImageFile(str(record["pair_id"]), named, date, str(record[f"{date}_path"]))
        for record in records
        for date in ("before", "after")
    ]


def name_of_config(
    config: str | Path, split: str, options: Mapping[str, Any] | None = None
) -> str | None:
    """Name of the data that :func:`images_of_config` finds; the arguments are the same."""
    return dataset_name(_dataset(config, split, options))


def _dataset(config: str | Path, split: str, options: Mapping[str, Any] | None) -> dict[str, Any]:
    cfg = read_config(config, options)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    if (loader := cfg.get(f"{split}_dataloader")) is not None:
        return loader.dataset
    test = cfg.get("test_dataloader")
    if split in ("train", "val", "test") or test is None or "split" not in test.dataset:
        raise ValueError(f"{config} has no {split}_dataloader: name another split or config")
    # One more split of the test data, such as test_combination.
    return {**test.dataset, "split": split}
