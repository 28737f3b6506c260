"""Checks the masks of a whole data set: each must be unambiguous, and all must agree."""

from pathlib import Path

from mmrsicc.datasets.image_windows import image_size, mask_values, reads_windows
from mmrsicc.datasets.mask_io import decode_mask
from mmrsicc.datasets.mask_values import MaskClasses, value_table
from mmrsicc.datasets.published_masks import published_classes
from mmrsicc.structures import IGNORED, is_changed


class MaskCheck:
    """Reads the masks of a data set, and remembers what their values were.

    Args:
        classes: ``mask_classes`` of the data set; None: they are binary.
        published: Without classes, also take masks with the values of LEVIR-MCI or SynthCC.
        by_windows: Decode no mask whole whose tiles are read by window.
    """

    def __init__(
        self, classes: MaskClasses | None, published: bool = False, by_windows: bool = False
    ) -> None:
        self.classes = classes
        self.published = published
        self.by_windows = by_windows
        self.ones: list[Path] = []
        self.whites: list[Path] = []
        self.ignoring: list[Path] = []
        self.any_changed = False

    def read(self, path: Path) -> tuple[int, int]:
        """Width and height of a mask that :func:`mmrsicc.datasets.mask_io.read_mask` can read.

        Raises:
            ValueError: As :func:`mmrsicc.datasets.mask_io.read_mask`.
        """
        if self.by_windows and reads_windows(str(path)):
            size, values = image_size(path), mask_values(str(path))
        else:
            pixels, values = decode_mask(path, self.classes)
            size = pixels.shape[1], pixels.shape[0]
        classes = published_classes(values) if self.published else self.classes
        table = value_table(values, classes, path)
        if classes is None and not values.one_bit:
            for value, found in ((1, self.ones), (255, self.whites)):
                if table[value] == 1 and value in values.present:
                    found.append(path)
        present = table[list(values.present)]
        self.any_changed |= bool(is_changed(present).any())
        if classes is not None and IGNORED in present and not values.no_data:
            self.ignoring.append(path)
        return size

    def contradiction(self) -> str | None:
        """Fault of the masks together, None if there is none.

        A mask of 0 and 255 among masks of 0, 1 and 255 may be one where nothing changed. And where
        255 is ignored by declaration and no mask has anything else, the declaration is wrong.
        """
        if self.ignoring and not self.any_changed:
            return (
                f"no mask has a class of change, but {len(self.ignoring)} have 255, such as "
                f"{self.ignoring[0]}, which is not counted: declare it by mask_classes in the data "
                'set\'s metainfo, such as {255: "changed"}'
            )
        if not (self.ones and self.whites):
            return None
        return (
            f"changed is 1 in {len(self.ones)} masks, such as {self.ones[0]}, and 255 in "
            f"{len(self.whites)}, such as {self.whites[0]}, where 255 may be ignored: declare "
            'mask_classes in the data set\'s metainfo: {1: "changed"} ignores 255, '
            '{1: "changed", 255: "changed"} counts both'
        )
