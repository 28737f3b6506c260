"""Fabricate tiny data sets in the layouts of LEVIR-CC and of change detection.

python tests/data/make_levir_layout.py FOLDER writes both below FOLDER.
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

NO_CHANGE = (
    "there is no difference",
    "the two scenes seem identical",
    "the scene is the same as before",
    "no change has occurred",
    "almost nothing has changed",
)
CHANGE = (
    "a house is built in the upper left corner",
    "a building appears on the left of the road",
    "a villa has been built at the top",
    "the grass above becomes a house",
    "a house appears along1side the t-shaped road",
)


def make_levir_cc(
    root: Path, pairs: tuple[int, int, int] = (4, 2, 2), size: int = 16, masks: bool = False
) -> Path:
    """Write a LEVIR-CC data set: even pairs are unchanged, odd ones show a new square.

    Args:
        root: Folder to fill.
        pairs: Number of pairs in train, val and test.
        size: Edge of the images in pixels.
        masks: Also write ``label`` as LEVIR-MCI has it (0, 128 and 255 in three channels).

    Returns:
        ``root``.
    """
    rng = np.random.default_rng(0)
    records = []
    for split, count in zip(("train", "val", "test"), pairs, strict=True):
        for i in range(count):
            name, changed = f"{split}_{i:06d}.png", i % 2
            before, after, mask = _pair(rng, size, bool(changed), 128 if i % 4 == 1 else 255)
            _write(root / "images" / split, name, before, after, np.dstack([mask] * 3), masks)
            sentences = [
                {"tokens": text.split(), "raw": f" {text} ."}
                for text in (CHANGE if changed else NO_CHANGE)
            ]
            records.append(
                {
                    "filepath": split,
                    "filename": name,
                    "split": split,
                    "imgid": len(records),
                    "changeflag": changed,
                    "sentences": sentences,
                }
            )
    (root / "LevirCCcaptions.json").write_text(json.dumps({"images": records}), encoding="utf-8")
    return root


def make_change_detection(root: Path, pairs: int = 3, size: int = 16) -> Path:
    """Write ``A``, ``B`` and ``label`` (0 and 255) and return ``root``."""
    rng = np.random.default_rng(0)
    for i in range(pairs):
        before, after, mask = _pair(rng, size, True, 255)
        _write(root, f"pair_{i}.png", before, after, mask, True)
    return root


def _pair(
    rng: np.random.Generator, size: int, changed: bool, value: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    before = rng.integers(0, 200, (size, size, 3), dtype=np.uint8)
    after, mask = before.copy(), np.zeros((size, size), np.uint8)
    if changed:
        after[: size // 4, : size // 4] = 255
        mask[: size // 4, : size // 4] = value
    return before, after, mask


def _write(
    folder: Path, name: str, before: np.ndarray, after: np.ndarray, mask: np.ndarray, masks: bool
) -> None:
    images = {"A": before, "B": after, **({"label": mask} if masks else {})}
    for directory, image in images.items():
        (folder / directory).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / directory / name)


if __name__ == "__main__":
    make_levir_cc(Path(sys.argv[1], "levir_cc"), masks=True)
    make_change_detection(Path(sys.argv[1], "change_detection"))
