"""Scenes and a captioner for tests; also imported by scene_worker.py, outside of pytest."""

from types import SimpleNamespace

import cv2
import numpy as np


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(3, H, W) uint8 of smooth noise with enough contrast to correlate."""
    noise = np.random.default_rng(seed).normal(size=(height, width, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    scaled = (smooth - smooth.mean()) / smooth.std() * 40 + 128
    return np.clip(scaled, 1, 255).astype(np.uint8).transpose(2, 0, 1)


def changed_pair() -> tuple[np.ndarray, np.ndarray]:
    """Two dates (3, 200, 300): equal in the first 100 columns, a bright square in the others."""
    before = (texture(200, 300) // 2).astype(np.uint8)
    after = before.copy()
    after[:, 40:100, 200:260] += 100
    after[:, :, 100:] += np.random.default_rng(1).integers(0, 2, (3, 200, 200), dtype=np.uint8)
    return before, after


def brightness_captioner(pairs):
    """Says how much brighter the second date is, to 10 grey levels, and marks where."""
    answers = []
    for before, after in pairs:
        gain = after.astype(int).mean() - before.astype(int).mean()
        said = "the scene is the same as before" if gain < 5 else f"brighter by {round(gain, -1):g}"
        answers.append(
            SimpleNamespace(
                caption=said,
                score=-1.0,
                n_best=[(said, -1.0), ("something else", -2.0)],
                change_probability=min(max(float(gain) / 100, 0.0), 1.0),
                mask=(after.astype(int) - before > 10).any(axis=2).astype(np.uint8),
                error=None,
            )
        )
    return answers
