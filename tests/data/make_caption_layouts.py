"""Fabricate tiny data sets in the layouts of the published ones beside LEVIR-CC.

PYTHONPATH=tests python -m data.make_caption_layouts FOLDER writes them below FOLDER.

Even pairs are unchanged, odd ones show a new square.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from data.make_levir_layout import CHANGE, NO_CHANGE, make_levir_cc
from PIL import Image

SPLITS = {"train": 4, "val": 2, "test": 2}

DUBAI_NO_CHANGE = (
    "Everything remains the same.",
    "Nothing has changed in this area.",
    "There is no change to mention.",
    "No changed to mention.",
    "The area appears the same.",
)
DUBAI_CHANGE = (
    "Desert left the place to urbanization.",
    "Different buildings appear in the desert.",
    "One wide road and different narrow ones appear in the desert.",
    "An artificial island was built in the sea.",
    "The road crossing was extended.",
)
SECOND_NO_CHANGE = (
    "the scene is the same as before",
    "there is no difference",
    "the two scenes seem identical",
    "no change is occurred",
    "almost nothing is changed",
)

FOREST_CHANGE = (
    "a large fragmented forest sees patchy deforestation on the left side near existing loss",
    "1.22 percent of the observed area has been affected by deforestation",
    "minor forest loss is visible",
    "minor forest loss is visible, primarily occurring in the top-left and top-centre regions",
    "minor forest loss is visible, occurring in few small patches, which are varied in size",
)

#: Colours of SECOND's classes, as its authors publish them.
WHITE, TREE, BUILDING = (255, 255, 255), (0, 255, 0), (128, 0, 0)


def make_dubai_cc(root: Path, size: int = 50) -> Path:
    """Three caption files, and TIFF tiles of all splits in two folders.

    The second training pair is one on which its annotators do not agree: three see no change.
    """
    rng = np.random.default_rng(0)
    number = 0
    for split, title in (("train", "Train"), ("val", "Validation"), ("test", "Test")):
        images = []
        for i in range(SPLITS[split]):
            name = f"{number}x{i}.tif"
            before, after, _ = pair(rng, size, bool(i % 2))
            save(root / "imgs_tiles/RGB/500_2000" / name, before)
            save(root / "imgs_tiles/RGB/500_2010" / name, after)
            texts = DUBAI_CHANGE if i % 2 else DUBAI_NO_CHANGE
            if number == 1:
                texts = (*DUBAI_NO_CHANGE[:3], *DUBAI_CHANGE[:2])
            sentences = [{"raw": text, "tokens": text.split(" ")} for text in texts]
            images.append({"filename": name, "split": split, "image_id": i, "sentences": sentences})
            number += 1
        write_json(
            root / "description_jsontr_te_val" / f"{title}_Dubai_CC.json",
            {"dataset": "DUBAI CC", "images": images},
        )
    return root


def make_whu_cdc(root: Path, size: int = 16) -> Path:
    """``images/{split}/{A,B,label}`` with masks of one bit."""
    rng = np.random.default_rng(0)
    images = []
    for split, count in SPLITS.items():
        for i in range(count):
            before, after, changed = pair(rng, size, bool(i % 2))
            folder = root / "images" / split
            images.append(record(f"{split}_{i:06d}.png", split, i % 2, NO_CHANGE))
            for directory, pixels in (("A", before), ("B", after), ("label", changed)):
                save(folder / directory / images[-1]["filename"], pixels)
    write_json(root / "whuCCcaptions.json", {"images": images})
    return root


def make_forest_change(root: Path, size: int = 48) -> Path:
    """``images/{split}/{A,B,label}`` with masks of 0 and 255; every pair has lost forest."""
    rng = np.random.default_rng(0)
    images = []
    for split, count in SPLITS.items():
        for i in range(count):
            before, after, changed = pair(rng, size, True)
            name = f"{split}_{i + 1:06d}.png"
            sentences = [
                {"raw": text, "tokens": text.replace(",", "").split()} for text in FOREST_CHANGE
            ]
            images.append(
                {"filename": name, "filepath": split, "split": split, "sentences": sentences}
            )
            mask = changed.astype(np.uint8) * 255
            for directory, pixels in (("A", before), ("B", after), ("label", mask)):
                save(root / "images" / split / directory / name, pixels)
    write_json(root / "ForestChatcaptions.json", {"images": images})
    return root


def make_changechat(root: Path) -> Path:
    """LEVIR-CC with a folder ``changechat`` of questions and answers about it.

    Training captions are an entry each, among entries about something else; test captions stand
    together.
    """
    make_levir_cc(root)
    images = json.loads((root / "LevirCCcaptions.json").read_text())["images"]
    train, test = [], []
    for record in images:
        dates = [f"{record['split']}/{date}/{record['filename']}" for date in "AB"]
        sentences = [entry["raw"].strip().capitalize() for entry in record["sentences"]]
        if record["split"] == "train":
            questions = [("Please briefly describe the changes in these two images.", sentences)]
            questions.append(("Please determine how many roads have changed?", ["No roads."]))
            for question, answers in questions:
                for answer in answers:
                    turns = [
                        {"from": "human", "value": f"<image> <image> {question}"},
                        {"from": "gpt", "value": answer},
                    ]
                    flag = 2 * record["changeflag"]
                    entry = {"id": len(train), "image": dates, "changeflag": flag}
                    train.append({**entry, "conversations": turns})
        elif record["split"] == "test":
            test.append({"image_A": dates[0], "image_B": dates[1], "captions": sentences})
    write_json(root / "changechat" / "changechat_105k_train.json", train)
    write_json(root / "changechat" / "changechat_105k_test.json", test)
    return root


def make_second_cc(root: Path, size: int = 16, references: int | None = None) -> Path:
    """``{split}/{rgb,sem}/{A,B}``: where a square is new, trees became a building.

    Args:
        root: Folder to write into.
        size: Side of the images.
        references: Sentences of each second pair, fewer than five; None: five.
    """
    rng = np.random.default_rng(0)
    images = []
    for split, count in SPLITS.items():
        for i in range(count):
            before, after, changed = pair(rng, size, bool(i % 2))
            images.append(record(f"{split}_{i:05d}.png", split, i % 2, SECOND_NO_CHANGE))
            if i % 2:
                images[-1]["sentences"] = images[-1]["sentences"][:references]
            maps = [np.where(changed[..., None], colour, WHITE) for colour in (TREE, BUILDING)]
            for directory, pixels in {
                "rgb/A": before,
                "rgb/B": after,
                "sem/A": maps[0].astype(np.uint8),
                "sem/B": maps[1].astype(np.uint8),
            }.items():
                save(root / split / directory / images[-1]["filename"], pixels)
    write_json(root / "SECOND-CC-AUG.json", {"images": images})
    return root


def record(name: str, split: str, flag: int, no_change: tuple[str, ...]) -> dict[str, Any]:
    """An entry as in LEVIR-CC's file."""
    texts = CHANGE if flag else no_change
    sentences = [{"tokens": text.split(), "raw": f" {text} ."} for text in texts]
    return {
        "filepath": split,
        "filename": name,
        "split": split,
        "changeflag": flag,
        "sentences": sentences,
    }


def pair(
    rng: np.random.Generator, size: int, changed: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both dates and where they differ, (size, size) bool."""
    before = rng.integers(0, 200, (size, size, 3), dtype=np.uint8)
    mask = np.zeros((size, size), bool)
    mask[: size // 4, : size // 2] = changed
    return before, np.where(mask[..., None], 255, before).astype(np.uint8), mask


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


if __name__ == "__main__":
    make_dubai_cc(Path(sys.argv[1], "dubai_cc"))
    make_whu_cdc(Path(sys.argv[1], "whu_cdc"))
    make_second_cc(Path(sys.argv[1], "second_cc"))
    make_forest_change(Path(sys.argv[1], "forest_change"))
    make_changechat(Path(sys.argv[1], "changechat"))
