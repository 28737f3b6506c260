"""``mmrsicc verify``: lists every fault of a data set.

Examples:
    mmrsicc verify data/LEVIR-CC
    mmrsicc verify configs/_base_/datasets/dubai_cc.py
    mmrsicc verify configs/_base_/datasets/oscd.py
    mmrsicc verify data/SYSU-CD --layout masks --folders time1 time2 label
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import ANN_FILE, FOLDERS, add_cfg_options, check_side

if TYPE_CHECKING:
    from mmrsicc.datasets import ChangeCaptionDataset, ChangeDetectionDataset
    from mmrsicc.datasets.verify import Fault, Track

HELP = "list every fault of a data set, each with its fix"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the data set and its layout."""
    parser.add_argument(
        "data",
        metavar="FOLDER_OR_CONFIG",
        help="folder of the data set, or config (.py) whose data sets are verified",
    )
    parser.add_argument(
        "--ann-file",
        default=ANN_FILE,
        help="caption file in the folder (default: %(default)s)",
    )
    parser.add_argument(
        "--layout",
        choices=("captions", "masks"),
        default="captions",
        help="layout of the folder; captions: images/SPLIT/{A,B} and a caption file; masks: three "
        "folders (default: %(default)s)",
    )
    parser.add_argument(
        "--folders",
        nargs=3,
        metavar=("BEFORE", "AFTER", "MASKS"),
        default=FOLDERS,
        help="folder names of the masks layout (default: A B label)",
    )
    add_cfg_options(parser, "train_dataloader.dataset.data_root=data/mine")


def run(args: Namespace) -> int:
    """Prints faults and a count per kind; 1 if there is any.

    Raises:
        OSError, ValueError: There is no such data set; the message says why.
    """
    from rich.console import Console
    from rich.progress import track

    from mmrsicc.utils.counts import counted

    pairs = 0

    def show(items: Sequence[Any]) -> Iterable[Any]:
        nonlocal pairs
        pairs += len(items)
        return track(items, description="Reading pairs", console=Console(stderr=True))

    faults = find_faults(args, show)
    for fault in faults:
        print(f"{fault.kind}: {fault.message}")
    if not faults and not pairs:
        print("no pair found: check the folder, the caption file and the splits")
        return 1
    if not faults:
        print(f"{counted(pairs, 'pair')} checked, no fault found")
        return 0
    print(f"\n{counted(pairs, 'pair')} checked, faults found: {len(faults)}")
    for kind, count in sorted(Counter(fault.kind for fault in faults).items()):
        print(f"{count:>8}  {kind}")
    return 1


def configured(
    config: str, options: dict[str, Any] | None
) -> list[ChangeCaptionDataset | ChangeDetectionDataset]:
    """Data sets of a config; those that share their files count once."""
    from mmengine.registry import init_default_scope

    from mmrsicc.datasets import ChangeCaptionDataset, ChangeDetectionDataset
    from mmrsicc.registry import DATASETS
    from mmrsicc.utils.config_file import read_config

    kinds = (ChangeCaptionDataset, ChangeDetectionDataset)
    cfg = read_config(config, options)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    found: dict[str, ChangeCaptionDataset | ChangeDetectionDataset] = {}
    for split in ("train", "val", "test"):
        if (loader := cfg.get(f"{split}_dataloader")) is None:
            continue
        name = loader.dataset.type
        kind = DATASETS.get(name) if isinstance(name, str) else name
        # One that is not known is named by the registry below.
        if kind is not None and not (isinstance(kind, type) and issubclass(kind, kinds)):
            raise ValueError(
                f"{split}_dataloader of {config} reads a {loader.dataset.type}: only data sets "
                f"that derive from {' or '.join(k.__name__ for k in kinds)} can be verified"
            )
        dataset = DATASETS.build({**loader.dataset, "lazy_init": True})
        found.setdefault(places(dataset), dataset)
    if not found:
        raise ValueError(f"{config} has no data set: take a config with a train_dataloader")
    return list(found.values())


def places(dataset: ChangeCaptionDataset | ChangeDetectionDataset) -> str:
    """Folders of a data set; of caption files, all splits are verified at once."""
    from mmrsicc.datasets import ChangeDetectionDataset

    if isinstance(dataset, ChangeDetectionDataset):
        return dataset.sources()
    return str((dataset.ann_file, dataset.data_prefix["img"], dataset.directories))


def find_faults(args: Namespace, show: Track) -> list[Fault]:
    """Faults of what the command line names."""
    from mmrsicc.datasets import ChangeDetectionDataset
    from mmrsicc.datasets.verify import (
        verify_captions,
        verify_dataset,
        verify_mask_dataset,
        verify_masks,
    )

    options = {"--ann-file": ANN_FILE, "--layout": "captions", "--folders": FOLDERS}
    check_side(args, args.data, options, {"--cfg-options": None})
    if args.layout == "masks" and args.ann_file != ANN_FILE:
        raise ValueError("--ann-file is of --layout captions: leave it out")
    if args.layout == "captions" and args.folders != FOLDERS:
        raise ValueError("--folders is of --layout masks: leave it out, or add --layout masks")
    if args.data.endswith(".py"):
        faults: list[Fault] = []
        for dataset in configured(args.data, args.cfg_options):
            if isinstance(dataset, ChangeDetectionDataset):
                faults += verify_mask_dataset(dataset, show)
            else:
                faults += verify_dataset(dataset, show)
        return faults
    if args.layout == "masks":
        return verify_masks(args.data, args.folders, show)
    return verify_captions(args.data, args.ann_file, show)
