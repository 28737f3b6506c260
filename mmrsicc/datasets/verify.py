"""Every fault of a data set at once, where reading it for training stops at the first."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrsicc.datasets.caption_file import (
    CaptionRecord,
    change_flag_of,
    parse_record,
    read_caption_file,
)
from mmrsicc.datasets.change_caption_dataset import missing_files
from mmrsicc.datasets.change_detection_dataset import images_by_stem, incomplete_stems
from mmrsicc.datasets.image_io import read_image, read_mask

#: Wraps the pairs while they are read, to show progress.
Track = Callable[[Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        kind: What sort of fault, for counting.
        message: Which file or record, what is wrong, and the mend.
    """

    kind: str
    message: str


def verify_captions(
    data_root: str | Path, ann_file: str = "LevirCCcaptions.json", track: Track = iter
) -> list[Fault]:
    """Faults of a caption data set with ``images/{split}/{A,B}`` and perhaps ``label``.

    Args:
        data_root: Folder of the data set.
        ann_file: Caption file in it.
        track: Wrapper of the pairs while they are read.
    """
    path, image_root = Path(data_root, ann_file), Path(data_root, "images")
    try:
        raw = read_caption_file(path)
    except (FileNotFoundError, ValueError) as error:
        return [Fault("unreadable caption file", str(error))]
    faults, records = [], []
    for index, entry in enumerate(raw):
        try:
            records.append(parse_record(entry, index, path))
        except ValueError as error:
            faults.append(Fault("wrong record", str(error)))
    faults += _record_faults(records, path)
    directories = ["A", "B"]
    if any(image_root.glob("*/label")):
        directories.append("label")
    absent: set[Path] = set()
    for directory in directories:
        for folder, names in missing_files(image_root, directory, records).items():
            absent.update(folder / name for name in names)
            faults += _missing_faults(folder, names, path)
    # Images of faulty records are not spare, only of no use until the record is mended.
    entries = [entry for entry in raw if isinstance(entry, Mapping)]
    named = {
        (str(entry.get("filepath", entry.get("split"))), str(entry.get("filename")))
        for entry in entries
    }
    for directory in directories:
        for image in sorted(image_root.glob(f"*/{directory}/*")):
            if (image.parts[-3], image.name) not in named:
                message = f"{image} has no record in {path}: add one or remove the image"
                faults.append(Fault("image without record", message))
    for record in track(records):
        places = [image_root / record.folder / d / record.filename for d in directories]
        faults += _pixel_faults([place for place in places if place not in absent])
    return faults


def verify_masks(
    data_root: str | Path, folders: Sequence[str] = ("A", "B", "label"), track: Track = iter
) -> list[Fault]:
    """Faults of a change detection data set: three folders with equal stems.

    Args:
        data_root: Folder that holds the three folders, or folders that do (``train``, ``test``).
        folders: Names of the folders of first date, second date and masks.
        track: Wrapper of the pairs while they are read.
    """
    root = Path(data_root)
    first, _, masks = folders
    parts = [root] if (root / first).is_dir() else sorted(p.parent for p in root.glob(f"*/{first}"))
    if not parts:
        message = f"no folder {first} in {root} or below it: check path and folder names"
        return [Fault("missing folder", message)]
    faults, pairs = [], []
    for part in parts:
        files: dict[str, dict[str, Path]] = {}
        for directory in folders:
            try:
                files[directory] = images_by_stem(part / directory)
            except FileNotFoundError as error:
                faults.append(Fault("missing folder", str(error)))
        for directory, stems in incomplete_stems(files).items():
            for stem in stems:
                message = f"{part / directory} lacks {stem}: add it or remove its sisters"
                faults.append(Fault("missing image", message))
        stems_here = sorted(set().union(*files.values()))
        pairs += [[f[stem] for f in files.values() if stem in f] for stem in stems_here]
    for places in track(pairs):
        faults += _pixel_faults(places, masks)
    return faults


def _record_faults(records: list[CaptionRecord], path: Path) -> list[Fault]:
    """Duplicate pairs, and flags that disagree with the sentences."""
    faults = []
    for pair_id, count in Counter(record.pair_id for record in records).items():
        if count > 1:
            message = f"{path} has {count} records of pair {pair_id}: keep one of them"
            faults.append(Fault("duplicate pair", message))
    for record in records:
        derived = change_flag_of(record.captions)
        if derived != record.change_flag:
            message = (
                f"{path}, {record.filename}: changeflag is {record.change_flag}, but "
                + ("a sentence speaks of change" if derived else "all sentences say no change")
                + ": correct the flag or the sentences"
            )
            faults.append(Fault("flag against sentences", message))
    return faults


def _missing_faults(folder: Path, names: list[str], path: Path) -> list[Fault]:
    if not folder.is_dir():
        message = f"no folder {folder} for {len(names)} images of {path}: download them"
        return [Fault("missing folder", message)]
    mend = f"which {path} names: complete the folder or drop the record"
    return [Fault("missing image", f"no image {folder / name}, {mend}") for name in names]


def _pixel_faults(places: list[Path], masks: str = "label") -> list[Fault]:
    """Files of one pair that cannot be read, or whose sizes differ from the first one's."""
    faults = []
    sizes: dict[Path, tuple[int, int]] = {}
    for place in places:
        try:
            pixels = read_mask(place) if place.parent.name == masks else read_image(place)
            sizes[place] = pixels.shape[1], pixels.shape[0]
        except ValueError as error:
            faults.append(Fault("unreadable image", str(error)))
    first = next(iter(sizes), None)
    for other, size in sizes.items():
        if first is not None and size != sizes[first]:
            message = (
                f"{first} is {sizes[first][0]} x {sizes[first][1]}, {other} is "
                f"{size[0]} x {size[1]} pixels: co-register the pair, or load it "
                "with LoadPair(resize_mismatched=True)"
            )
            faults.append(Fault("sizes differ", message))
    return faults
