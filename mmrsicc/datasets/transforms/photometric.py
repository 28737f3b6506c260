"""Colour changes, drawn for each date on its own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform

from mmrsicc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PhotometricDistortion(BaseTransform):
    """Change brightness, contrast, saturation and hue of each date independently.

    Two dates differ in light and season: a captioner must not take that for change. Each of the
    four is applied with chance ``prob``, in this order, as torchvision defines them: for colours
    of 8 bits, since saturation and hue mean nothing in other bands.

    Args:
        brightness: The factor is drawn from 1 - brightness to 1 + brightness; 0 to 1.
        contrast: The same for contrast.
        saturation: The same for saturation.
        hue: The shift is drawn from -hue to hue, in turns of the colour circle; 0 to 0.5.
        prob: Chance of each of the four.

    Raises:
        ValueError: A strength is beyond its range, or images are others than (H, W, 3) uint8.
    """

    def __init__(
        self,
        brightness: float = 0.2,
        contrast: float = 0.3,
        saturation: float = 0.3,
        hue: float = 0.05,
        prob: float = 0.5,
    ) -> None:
        strengths = {"brightness": brightness, "contrast": contrast, "saturation": saturation}
        for name, value, most in (*((k, v, 1) for k, v in strengths.items()), ("hue", hue, 0.5)):
            if not 0 <= value <= most:
                raise ValueError(f"PhotometricDistortion: {name}={value}: give 0 to {most}")
        # Late: torchvision takes a second to import, and captioning does without it.
        from torchvision.transforms import functional

        self.steps: list[tuple[Callable, float, float]] = [
            (functional.adjust_brightness, 1.0, brightness),
            (functional.adjust_contrast, 1.0, contrast),
            (functional.adjust_saturation, 1.0, saturation),
            (functional.adjust_hue, 0.0, hue),
        ]
        self.prob = prob

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Distort ``before`` and ``after``, each by its own draw."""
        for key in ("before", "after"):
            if results[key].dtype != np.uint8 or results[key].shape[2:] != (3,):
                raise ValueError(
                    f"PhotometricDistortion changes 8-bit RGB, {key} is {results[key].shape} "
                    f"{results[key].dtype}: take it out of the pipeline, or load RGB (LoadPair)"
                )
            image = torch.from_numpy(results[key]).permute(2, 0, 1)
            for adjust, centre, width in self.steps:
                if np.random.random() < self.prob:  # noqa: NPY002 - seeded by MMEngine
                    image = adjust(image, centre + width * np.random.uniform(-1, 1))  # noqa: NPY002
            results[key] = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
        return results
