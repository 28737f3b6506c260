"""Captions of ChangeChat-105k as records of LEVIR-CC's layout.

Deng et al., "DeltaVLM: Interactive Remote Sensing Image Change Analysis via Instruction-guided
Difference Perception", 2025. Its files are lists of questions and answers about LEVIR-CC's images.
Those of captions are read: a question that asks for a brief description has one of a pair's
sentences for answer, and the file of test captions holds all of them at once::

    [{"id": 4, "image": ["train/A/train_000001.png", "train/B/train_000001.png"],
      "conversations": [{"from": "human", "value": "<image> ... briefly describe the changes ..."},
                        {"from": "gpt", "value": "No change has occurred."}]}]
    [{"image_A": "test/A/test_000001.png", "image_B": "test/B/test_000001.png",
      "captions": ["there is no difference"], "changeflag": 0}]

Any flag but 0 is a change.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

#: Pattern of questions that ask for a caption; others ask for counts, places or dialogue.
CAPTION_QUESTION = "briefly describe the changes"


def changechat_records(entries: Sequence[Any], path: str) -> list[dict[str, Any]]:
    """One record per pair that has captions, in LEVIR-CC's layout, in order of first appearance.

    Args:
        entries: Content of a file.
        path: The file, for messages.

    Raises:
        ValueError: If an entry is neither of the two kinds, or names no pair of images.
    """
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for index, entry in enumerate(entries):
        where = f"{path}, entry {index}"
        captions = _captions(entry, where)
        if not captions:
            continue
        folder, filename = _pair(entry, where)
        record = records.setdefault(
            (folder, filename),
            {"filepath": folder, "filename": filename, "split": folder, "sentences": []},
        )
        if "changeflag" in entry:
            record["changeflag"] = int(entry["changeflag"] != 0)
        record["sentences"] += [{"raw": caption} for caption in captions]
    return list(records.values())


def _captions(entry: Any, where: str) -> list[str]:
    """Sentences of an entry; none if it is about something else."""
    if isinstance(entry, Mapping) and isinstance(entry.get("captions"), list):
        return entry["captions"]
    try:
        question, answer = (turn["value"] for turn in entry["conversations"][:2])
        asked = CAPTION_QUESTION in question.lower()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'{where}: neither "captions" nor "conversations" of a question and its answer: take '
            "ChangeChat-105k's files, or write records in LEVIR-CC's layout"
        ) from error
    return [answer] if asked else []


def _pair(entry: Mapping[str, Any], where: str) -> tuple[str, str]:
    """Split, which is the folder below the images, and file name of both dates' images."""
    dates = entry.get("image", [entry.get("image_A"), entry.get("image_B")])
    if isinstance(dates, list) and len(dates) == 2 and all(isinstance(d, str) for d in dates):
        before, after = (PurePosixPath(date) for date in dates)
        if len(before.parts) == len(after.parts) == 3 and (
            (before.parts[0], before.name) == (after.parts[0], after.name)
        ):
            return before.parts[0], before.name
    raise ValueError(
        f"{where}: its images are {dates!r:.120}: name both dates as train/A/train_000001.png and "
        "train/B/train_000001.png"
    )
