"""Verification of a data set: every fault at once, where training stops at the first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mmrsicc.datasets.caption_file import (
    CaptionRecord,
    change_flag_of,
    folder_and_split,
    pairs_named_twice,
    parse_record,
    read_caption_file,
)
from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset, missing_files
from mmrsicc.datasets.change_detection_dataset import ChangeDetectionDataset
from mmrsicc.datasets.faults import Fault, Reader, pixel_faults
from mmrsicc.datasets.image_io import read_class_map
from mmrsicc.datasets.levir_cc import LEVIRCCDataset
from mmrsicc.datasets.manifest import is_manifest, read_manifest
from mmrsicc.datasets.mask_check import MaskCheck
from mmrsicc.datasets.pair_files import incomplete, is_image_name
from mmrsicc.datasets.transforms import LoadPair, LoadTile, loading_step
from mmrsicc.datasets.webdataset_check import check_index
from mmrsicc.utils.counts import counted
from mmrsicc.utils.file_names import on_disk

#: Wraps the pairs while they are read, to show progress.
Track = Callable[[Sequence[Any]], Iterable[Any]]


def verify_captions(
    data_root: str | Path, ann_file: str = "LevirCCcaptions.json", track: Track = iter
) -> list[Fault]:
    """Faults of a caption data set in LEVIR-CC's layout.

    Its masks, if it has a folder ``label``, are binary, LEVIR-MCI's or SynthCC's.

    Args:
        data_root: Folder of the data set.
        ann_file: Caption file in it.
        track: Wrapper of the pairs while they are read.
    """
    return _caption_faults(
        levir_layout(data_root, ann_file), MaskCheck(None, published=True), track
    )


def levir_layout(data_root: str | Path, ann_file: str) -> LEVIRCCDataset:
    """A data set in LEVIR-CC's layout, with its masks if it has some, not read yet."""
    masks = any(Path(data_root, "images").glob("*/label"))
    masks = masks or _names_masks(Path(data_root, ann_file))
    return LEVIRCCDataset(
        data_root=str(data_root),
        ann_file=ann_file,
        mask_dir="label" if masks else None,
        lazy_init=True,
    )


def _names_masks(index: Path) -> bool:
    """Whether a caption file is an index of shards with masks."""
    if not is_manifest(index):
        return False
    try:
        table = read_manifest(index)
    except (FileNotFoundError, ValueError):  # It is a fault, or refused, where it is read.
        return False
    return "mask" in table.column_names and table["mask"].null_count < len(table)


def verify_dataset(dataset: ChangeCaptionDataset, track: Track = iter) -> list[Fault]:
    """Faults of a caption data set, in all splits of its caption file.

    Args:
        dataset: Says where everything lies; built with ``lazy_init=True``, since reading it stops
            at the first fault.
        track: Wrapper of the pairs while they are read.
    """
    return _caption_faults(dataset, MaskCheck(dataset.metainfo.get("mask_classes")), track)


def _caption_faults(dataset: ChangeCaptionDataset, masks: MaskCheck, track: Track) -> list[Fault]:
    """Faults of a caption data set, whose masks are read by ``masks``."""
    path = Path(dataset.ann_file)
    try:
        raw = read_caption_file(path)
    except (FileNotFoundError, ValueError) as error:
        return [Fault("unreadable caption file", str(error))]
    loading = _loading(dataset)
    faults, records = [], []
    for index, entry in enumerate(raw):
        try:
            records.append(parse_record(entry, index, path))
        except ValueError as error:
            faults.append(Fault("wrong record", str(error)))
    faults += _record_faults(records, path)
    absent: set[Path] = set()
    if any(record.members for record in records):
        wrong, records = check_index(path, records, dataset.kinds)
        faults += wrong
    else:
        faults += _shared_image_faults(dataset, records)
        for directory in dataset.directories.values():
            places = [dataset.file_of(directory, record) for record in records]
            for folder, names in missing_files(places).items():
                absent.update(folder / name for name in names)
                faults += _missing_faults(folder, names, path)
        faults += _spare_faults(dataset, raw)
    for record in track(records):
        readers = {
            place: masks.read if key == "mask_path" else _reader(dataset, key)
            for key, place in dataset.files_of(record).items()
        }
        present = {p: read for p, read in readers.items() if p not in absent}
        faults += pixel_faults(present, loading)
    return faults + _contradictions(masks)


def verify_masks(
    data_root: str | Path, folders: Sequence[str] = ("A", "B", "label"), track: Track = iter
) -> list[Fault]:
    """Faults of a change detection data set: three folders with equal stems.

    Args:
        data_root: Folder that holds the three folders, or folders that do (``train``, ``test``).
        folders: Names of the folders of first date, second date and masks.
        track: Wrapper of the pairs while they are read.
    """
    root, first = Path(data_root), folders[0]
    parts = [root] if (root / first).is_dir() else sorted(p.parent for p in root.glob(f"*/{first}"))
    if not parts:
        message = f"no folder {first} in {root} or below it: check path and folder names"
        return [Fault("missing folder", message)]
    before, after, label = folders
    roots = [str(part) for part in parts]
    dataset = ChangeDetectionDataset(roots, "none", before, after, label, lazy_init=True)
    return _mask_faults(dataset, MaskCheck(None, published=True), track)


def verify_mask_dataset(dataset: ChangeDetectionDataset, track: Track = iter) -> list[Fault]:
    """Faults of a change detection data set in its own layout.

    Args:
        dataset: Built with ``lazy_init=True``, since reading it stops at the first fault.
        track: Wrapper of the pairs while they are read.
    """
    tiled = isinstance(_loading(dataset), LoadTile)
    masks = MaskCheck(dataset.metainfo.get("mask_classes"), by_windows=tiled)
    return _mask_faults(dataset, masks, track)


def _mask_faults(dataset: ChangeDetectionDataset, masks: MaskCheck, track: Track) -> list[Fault]:
    """Faults of pairs with masks, which are read by ``masks``."""
    faults: list[Fault] = []
    pairs: list[dict[Path, Reader]] = []
    places, loading = dataset.directories, _loading(dataset)
    for root in map(Path, dataset.roots):
        files: dict[str, dict[str, Path]] = {}
        try:
            names = dataset.names_in(root)
        except (FileNotFoundError, ValueError) as error:
            faults.append(Fault("unreadable list of pairs", str(error)))
            continue
        for place in places:
            try:
                files[place] = dataset.images_in(root, place, names)
            except FileNotFoundError as error:
                faults.append(Fault("missing folder", str(error)))
            except ValueError as error:
                faults.append(Fault("ambiguous image", str(error)))
        faults += _incomplete_faults(root, files, names)
        for name in sorted(set().union(*files.values())):
            found = {place: images[name] for place, images in files.items() if name in images}
            pairs.append(
                {
                    path: masks.read if p == places[2] else places.index(p)
                    for p, path in found.items()
                    if path.exists()
                }
            )
    for readers in track(pairs):
        faults += pixel_faults(readers, loading)
    return faults + _contradictions(masks)


def _incomplete_faults(
    root: Path, files: Mapping[str, Mapping[str, Path]], names: list[str] | None
) -> list[Fault]:
    """Images that pairs lack: that no file is found for, or whose file is not there."""
    told = [
        f"{root / place} lacks {name}: add it, or remove the other files of this name"
        for place, missing in incomplete(files, names).items()
        for name in missing
    ]
    told += [
        f"no image {path} of the pair {name}: add it, or do not list the pair"
        for images in files.values()
        for name, path in images.items()
        if not path.exists()
    ]
    return [Fault("missing image", message) for message in told]


def _record_faults(records: list[CaptionRecord], path: Path) -> list[Fault]:
    """Duplicate pairs, and flags that disagree with the sentences."""
    faults = [Fault("duplicate pair", f"{path}: {told}") for told in pairs_named_twice(records)]
    for record in records:
        derived = change_flag_of(record.captions)
        if derived != record.change_flag:
            message = (
                f"{path}, {record.filename}: changeflag is {record.change_flag}, but "
                + (
                    "a sentence says that something changed"
                    if derived
                    else "all sentences say no change"
                )
                + ": correct the flag or the sentences"
            )
            faults.append(Fault("flag against sentences", message))
    return faults


def _shared_image_faults(
    dataset: ChangeCaptionDataset, records: list[CaptionRecord]
) -> list[Fault]:
    """Images that are in two splits, so that a model is tested on what it was trained on."""
    splits: dict[Path, dict[str, None]] = {}
    for record in records:
        image = dataset.file_of(dataset.directories["before_path"], record)
        splits.setdefault(image, {})[record.split] = None
    return [
        Fault(
            "pair in two splits",
            f"{image} is in the splits {' and '.join(found)} of {dataset.ann_file}: keep it in one",
        )
        for image, found in splits.items()
        if len(found) > 1
    ]


def _missing_faults(folder: Path, names: list[str], path: Path) -> list[Fault]:
    if not folder.is_dir():
        message = f"no folder {folder} for {counted(len(names), 'image')} of {path}: download them"
        return [Fault("missing folder", message)]
    fix = f"which {path} names: complete the folder or drop the record"
    return [Fault("missing image", f"no image {folder / name}, {fix}") for name in names]


def _spare_faults(dataset: ChangeCaptionDataset, raw: Sequence[Any]) -> list[Fault]:
    """Images that no record names, in folders that records name.

    Those of faulty records are not spare, only of no use until the record is fixed; nor are those
    of a split that the caption file does not have.
    """
    entries = [entry for entry in raw if isinstance(entry, Mapping)]
    faults = []
    for directory in dataset.directories.values():
        named = {
            on_disk(
                dataset.image_path(
                    directory, str(folder_and_split(e)[0]).strip(), str(e.get("filename")).strip()
                )
            )
            for e in entries
        }
        folders = {path.parent for path in named if path.parent.is_dir()}
        there = {path for folder in folders for path in folder.iterdir() if is_image_name(path)}
        for image in sorted(there - named):
            message = f"{image} has no record in {dataset.ann_file}: add one or remove the image"
            faults.append(Fault("image without record", message))
    return faults


def _reader(dataset: ChangeCaptionDataset, key: str) -> Reader:
    """Reader of the images or semantic maps of one of the data set's directories."""
    if key in ("before_semantic_path", "after_semantic_path"):
        return partial(_class_map_size, colours=dataset.metainfo.get("semantic_classes"))
    return ("before_path", "after_path").index(key)


def _class_map_size(path: Path, colours: Any) -> tuple[int, int]:
    height, width = read_class_map(path, colours).shape
    return width, height


def _loading(dataset: ChangeCaptionDataset | ChangeDetectionDataset) -> LoadPair:
    """Step of the data set's pipeline that reads dates."""
    return loading_step(dataset.pipeline.transforms)


def _contradictions(masks: MaskCheck) -> list[Fault]:
    message = masks.contradiction()
    return [] if message is None else [Fault("contradicting masks", message)]
