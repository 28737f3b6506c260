"""Fabricate tiny data sets of many bands in LEVIR-CC's layout, with masks.

python tests/data/make_band_layout.py FOLDER writes 10-band Sentinel-2 pairs and SAR-optical pairs
below FOLDER. Needs rasterio.
"""

import json
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmrsicc.datasets.no_change import NO_CHANGE_SENTENCES

CHANGE = ("a lake dries up", "the water becomes bare land", "bare land replaces a small lake")
#: Reflectances times 10,000 of vegetation and of bare land in the ten bands, and of both in VV, VH.
VEGETATION = np.array([300, 600, 400, 900, 2500, 3000, 3200, 3300, 1700, 900], float)
BARE = np.array([900, 1200, 1600, 1900, 2100, 2200, 2300, 2400, 3000, 2600], float)
POWERS = np.array([[0.10, 0.03], [0.04, 0.008]])


def write_tiff(path: Path, bands: np.ndarray, **profile: object) -> Path:
    """GeoTIFF of (bands, H, W), without coordinates."""
    import rasterio

    path.parent.mkdir(parents=True, exist_ok=True)
    size = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "w", driver="GTiff", dtype=bands.dtype, **size, **profile) as file:
            file.write(bands)
    return path


def make_bands(root: Path, sar: bool = False, counts: Sequence[int] = (4, 2, 2), size: int = 32):
    """Write a data set: even pairs are unchanged, in odd ones a square becomes bare.

    Args:
        root: Folder to fill.
        sar: The first date is Sentinel-1's VV and VH, as power.
        counts: Pairs of train, val and test.
        size: Edge of the images in pixels.
    """
    random = np.random.default_rng(0)
    records = []
    for split, count in zip(("train", "val", "test"), counts, strict=True):
        for i in range(count):
            name = f"{split}_{i:03d}.tif"
            mask = np.zeros((size, size), np.uint8)
            if i % 2:
                mask[size // 4 : size // 2, size // 4 : size // 2] = 255
            nothing = np.zeros_like(mask)
            folder = root / "images" / split
            first = _sar(random, nothing) if sar else _optical(random, nothing)
            write_tiff(folder / "A" / name, first)
            write_tiff(folder / "B" / name, _optical(random, mask))
            write_tiff(folder / "label" / name, mask[None])
            texts = CHANGE if i % 2 else sorted(NO_CHANGE_SENTENCES)[:3]
            sentences = [{"tokens": text.split(), "raw": text} for text in texts]
            record = {"filename": name, "split": split, "changeflag": i % 2}
            records.append({**record, "filepath": split, "sentences": sentences})
    (root / "LevirCCcaptions.json").write_text(json.dumps({"images": records}))
    return root


def _optical(random: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    values = np.where(mask[None] > 0, BARE[:, None, None], VEGETATION[:, None, None])
    return np.rint(values + random.normal(0, 60, values.shape)).clip(1).astype(np.uint16)


def _sar(random: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    means = POWERS[(mask > 0).astype(int)].transpose(2, 0, 1)
    return random.gamma(4, means / 4).astype(np.float32)


if __name__ == "__main__":
    make_bands(Path(sys.argv[1]) / "MOSAIC-SEN2-CC")
    make_bands(Path(sys.argv[1]) / "sar-optical", sar=True)
