"""Writer of SynthCC in LEVIR-MCI's layout, by several processes, resumable.

::

    LevirCCcaptions.json                   the captions of all splits, written last
    synthcc.json                           with what settings it was made
    images/{split}/{A,B,label}/{pair}.png  .tif of other sensors than RGB
    events/{split}/{pair}.json             events and distractors, written last of a pair
"""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mmrsicc.datasets.band_file import write_bands
from mmrsicc.synthcc.pairs import SIZES, VERSION, check_mix, check_sensors, describe, make_pair
from mmrsicc.synthcc.splits import PairId, pair_ids
from mmrsicc.utils import atomic_path, only_writer
from mmrsicc.utils.processes import clean_context, stop_with_parent
from mmrsicc.utils.text_files import read_json

CAPTION_FILE = "LevirCCcaptions.json"


@dataclass(frozen=True)
class Settings:
    """Settings that the content of a data set depends on.

    Attributes:
        num_pairs: Pairs in all splits together.
        seed: Any whole number.
        size: Side of the images in pixels.
        unchanged: Share of pairs in which nothing changes.
        sensors: What both dates are taken with, one of
            :data:`~mmrsicc.synthcc.sensors.SENSORS`.
        mix: What changes how often, one of :data:`~mmrsicc.synthcc.mixes.MIXES`.

    Raises:
        ValueError: A value that cannot be; the message names it.
    """

    num_pairs: int
    seed: int = 0
    size: int = 256
    unchanged: float = 0.5
    sensors: str = "rgb"
    mix: str = "even"

    def __post_init__(self) -> None:
        pair_ids(self.num_pairs)
        if self.size not in SIZES:
            raise ValueError(f"size={self.size}: choose {SIZES.start} to {SIZES.stop - 1} pixels")
        if not 0 <= self.unchanged <= 1:
            raise ValueError(f"unchanged={self.unchanged}: give a share from 0 to 1")
        check_sensors(self.sensors)
        check_mix(self.mix)

    @property
    def suffix(self) -> str:
        """Suffix of the image files."""
        return ".png" if self.sensors == "rgb" else ".tif"

    def to_dict(self) -> dict[str, Any]:
        """Settings as the folder records them, without sensors and mix that were once the only."""
        once = {"sensors": "rgb", "mix": "even"}
        return {name: value for name, value in asdict(self).items() if once.get(name) != value}


def write_data_set(root: Path, settings: Settings, workers: int = 1) -> Iterator[int]:
    """Write a data set, or what is missing of it.

    Pairs that are there already are left as they are. The caption file comes last: without it, no
    reader takes the folder for a data set.

    Args:
        root: Folder of the data set.
        settings: What to make.
        workers: Processes.

    Yields:
        How many pairs are done.

    Raises:
        ValueError: The folder holds something else.
        OSError: A file cannot be written, such as on a full disk.
    """
    claim_folder(root, settings)
    with only_writer(root):
        _clear_leftovers(root)
        yield from _write_missing(root, settings, workers)
        _write_json(root / CAPTION_FILE, _captions(root, settings))


def _write_missing(root: Path, settings: Settings, workers: int) -> Iterator[int]:
    todo = [
        pair
        for pair in pair_ids(settings.num_pairs)
        if not all(path.exists() for path in _files(root, settings, pair))
    ]
    done = settings.num_pairs - len(todo)
    yield done
    write = partial(write_pair, root, settings)
    workers = min(workers, len(todo))
    if workers <= 1:
        for pair in todo:
            write(pair)
            done += 1
            yield done
    else:
        # Forked from a process without threads, whose work a fork could cut in two, and in which
        # everything is imported once.
        context = clean_context(preload=[__name__])
        with ProcessPoolExecutor(workers, context, stop_with_parent) as pool:
            try:
                for _ in pool.map(write, todo, chunksize=8):
                    done += 1
                    yield done
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise


def claim_folder(root: Path, settings: Settings) -> None:
    """Note the settings in the folder, or check that they are the ones it was begun with."""
    path = root / "synthcc.json"
    wanted = {"version": VERSION, **settings.to_dict()}
    if root.exists() and not root.is_dir():
        raise ValueError(f"{root} is a file: choose a folder")
    if path.exists():
        try:
            found = read_json(path)
        except ValueError as error:
            raise ValueError(
                f"{path} is damaged ({error}): remove {root}, or restore it"
            ) from error
        if found != wanted:
            raise ValueError(
                f"{root} holds a SynthCC made with {found!s:.200}, not {wanted}: choose another "
                "folder, or the same settings to complete it"
            )
    elif root.exists() and set(root.iterdir()) - set(root.glob(".synthcc.json.*")):
        raise ValueError(f"{root} is not empty and holds no SynthCC: choose another folder")
    else:
        _write_json(path, wanted)


def _clear_leftovers(root: Path) -> None:
    """Remove the temporary files of a run that was killed."""
    own = (
        f".{CAPTION_FILE}.*",
        ".synthcc.json.*",
        "images/*/*/.*.png.*",
        "images/*/*/.*.tif.*",
        "events/*/.*.json.*",
    )
    for pattern in own:
        for path in root.glob(pattern):
            path.unlink()


def write_pair(root: Path, settings: Settings, pair_id: PairId) -> None:
    """Draw a pair and write its four files, the JSON file last."""
    cv2.setNumThreads(1)  # One process for each core is asked for; threads would crowd them.
    pair = make_pair(
        settings.seed, pair_id, settings.size, settings.unchanged, settings.sensors, settings.mix
    )
    *paths, event_file = _files(root, settings, pair_id)
    for path, image in zip(paths, (pair.before, pair.after, pair.label), strict=True):
        if settings.sensors == "rgb":
            _write_png(path, image[..., ::-1] if image.ndim == 3 else image)
        else:
            write_bands(path, image)
    _write_json(event_file, {"pair_id": pair_id.name, **describe(pair)})


def _files(root: Path, settings: Settings, pair_id: PairId) -> list[Path]:
    """Both images, mask and events of a pair."""
    name, images = f"{pair_id.name}{settings.suffix}", root / "images" / pair_id.split
    return [*(images / kind / name for kind in ("A", "B", "label")), _event_file(root, pair_id)]


def _event_file(root: Path, pair_id: PairId) -> Path:
    return root / "events" / pair_id.split / f"{pair_id.name}.json"


def _write_png(path: Path, image: np.ndarray) -> None:
    # Not imwrite, which says nothing when the disk is full.
    _, content = cv2.imencode(".png", np.ascontiguousarray(image), [cv2.IMWRITE_PNG_COMPRESSION, 2])
    with atomic_path(path) as temporary:
        temporary.write_bytes(content.tobytes())


def _write_json(path: Path, content: Any) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _captions(root: Path, settings: Settings) -> dict[str, Any]:
    """The caption file, in LEVIR-CC's form."""
    records = []
    for number, pair_id in enumerate(pair_ids(settings.num_pairs)):
        event_file = _event_file(root, pair_id)
        try:
            content = read_json(event_file)
        except ValueError as error:
            raise ValueError(
                f"{event_file} is damaged: remove it, and run the same command again"
            ) from error
        ids = range(5 * number, 5 * number + 5)
        records.append(
            {
                "filepath": pair_id.split,
                "filename": f"{pair_id.name}{settings.suffix}",
                "split": pair_id.split,
                "imgid": number,
                "sentids": list(ids),
                "changeflag": int(bool(content["events"])),
                "sentences": [
                    {"tokens": text.split(), "raw": f" {text} .", "imgid": number, "sentid": index}
                    for index, text in zip(ids, content["sentences"], strict=True)
                ],
            }
        )
    return {"images": records, "dataset": "SynthCC"}
