"""``mmrsicc download``: downloads a public data set to the folder that its base config reads.

An interrupted download resumes. Sizes are checked, and checksums as far as anyone tells
them; without DATASET, the table says for which. HF_ENDPOINT names a mirror of Hugging Face.

Examples:
    mmrsicc download
    mmrsicc download forest-change
    mmrsicc verify configs/_base_/datasets/forest_change.py
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmrsicc.datasets.public_files import PublicDataset, PublicFile

HELP = "download a public data set, checked and ready for its config"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the data set and where it goes."""
    parser.add_argument(
        "dataset", metavar="DATASET", nargs="?", help="its name (default: list all names)"
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path("data"),
        metavar="FOLDER",
        help="folder of all data sets (default: %(default)s)",
    )


def run(args: Namespace) -> None:
    """Downloads, checks and unpacks.

    Raises:
        OSError, ValueError: It did not come whole; the message says why.
    """
    from mmrsicc.datasets.public_files import PUBLIC_DATASETS, public_files, unpack

    if args.dataset is None:
        for name, dataset in PUBLIC_DATASETS.items():
            print(_described(name, dataset))
        return
    if args.dataset not in PUBLIC_DATASETS:
        raise ValueError(
            f"no data set {args.dataset!r}: choose one of {', '.join(PUBLIC_DATASETS)}"
        )
    dataset = PUBLIC_DATASETS[args.dataset]
    folder = args.root / dataset.folder
    if dataset.unpack and folder.exists():
        raise ValueError(f"{folder} is there already: remove it to download it again")
    print(f"{dataset.title}; terms: {dataset.licence}, {dataset.page}")
    place = args.root / "downloads" if dataset.unpack else folder
    for file in public_files(dataset):
        path = _fetch(file, place)
        if dataset.unpack:
            unpack(path, folder)
            print(f"unpacked to {folder}; {path} is not needed any more")


def _described(name: str, dataset: PublicDataset) -> str:
    files = dataset.files
    known = sum(file.size or 0 for file in files)
    size = f"{known / 1e6:,.0f} MB" if known else "size told by its host"
    sums = "SHA-256 known" if files and all(f.sha256 for f in files) else "SHA-256 told by its host"
    return f"{name:<16} {dataset.title}; {size}, {sums}; {dataset.licence}"


def _fetch(file: PublicFile, folder: Path) -> Path:
    """Downloads a file with a bar, and says what was checked."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    from mmrsicc.utils.downloads import download

    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(file.name, total=file.size)
        path = download(
            file.url,
            folder / file.name,
            file.size,
            file.sha256,
            lambda there, whole: bar.update(task, completed=there, total=whole),
        )
    checked = "size and SHA-256 are right" if file.sha256 else "size is right, SHA-256 unknown"
    print(f"{path}: {path.stat().st_size:,} bytes, {checked}")
    return path
