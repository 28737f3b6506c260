"""Masks of a whole data set: each must be clear by itself, and all must mean the same."""

from pathlib import Path

import numpy as np

from mmrsicc.datasets.mask_io import decode_mask
from mmrsicc.datasets.mask_values import MaskClasses, value_table
from mmrsicc.datasets.published_masks import published_classes


class MaskCheck:
    """Reads the masks of a data set, and remembers what their values were.

    Args:
        classes: ``mask_classes`` of the data set; None: they are binary.
        published: Without classes, also take masks with the values of LEVIR-MCI or SynthCC.
    """

    def __init__(self, classes: MaskClasses | None, published: bool = False) -> None:
        self.classes = classes
        self.published = published
        self.ones: list[Path] = []
        self.whites: list[Path] = []

    def read(self, path: Path) -> np.ndarray:
        """One mask, as :func:`mmrsicc.datasets.mask_io.read_mask` reads it.

        Raises:
            ValueError: As :func:`mmrsicc.datasets.mask_io.read_mask`.
        """
        pixels, values = decode_mask(path)
        classes = published_classes(values) if self.published else self.classes
        table = value_table(values, classes, path)
        if classes is None and not values.one_bit:
            for value, found in ((1, self.ones), (255, self.whites)):
                if table[value] == 1 and value in values.present:
                    found.append(path)
        return table[pixels]

    def contradiction(self) -> str | None:
        """What is wrong where some masks have 1 and others 255 for changed, which may be ignored.

        A mask of 0 and 255 among masks of 0, 1 and 255 may be one where nothing changed.
        """
        if not (self.ones and self.whites):
            return None
        return (
            f"changed is 1 in {len(self.ones)} masks, such as {self.ones[0]}, and 255 in "
            f"{len(self.whites)}, such as {self.whites[0]}, where 255 may be ignored: declare "
            'mask_classes in the data set\'s metainfo: {1: "changed"} ignores 255, '
            '{1: "changed", 255: "changed"} counts both'
        )
