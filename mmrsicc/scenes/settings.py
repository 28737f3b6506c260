"""Settings of reading and cutting a pair of scenes."""

from __future__ import annotations

from dataclasses import dataclass

from mmrsicc.datasets.radiometry import check_value_range


@dataclass(frozen=True)
class SceneSettings:
    """Settings that a tile's caption depends on, besides the model.

    Attributes:
        bands: One band, or three as red, green, blue, counted from 1; None where the files leave
            no choice.
        after_bands: The same of the second date; None: ``bands``.
        two_sensors: Whether the dates are of two sensors, so that their values are not compared,
            and each is shown by its own range.
        decibels: Per date, whether its values, powers such as SAR's, are shown as decibels.
        nodata: Value that stands for no data, where the files do not say so themselves.
        percentiles: Lower and upper percentile that become 0 and 255, common to both dates. None
            leaves 8-bit files as they are and stretches others from the 1st to the 99th.
        value_range: Values, in the unit that the files declare, that become 0 and 255 instead;
            8-bit files stay as they are.
        align: Whether the shift that is left between the dates is taken out.
        tile: Edge of a tile, in pixels of the first date.
        overlap: Pixels that neighbouring tiles share.
        prefilter: Tiles whose dates differ less than this are not looked at, see
            :func:`mmrsicc.scenes.skipping.difference`; None looks at them all.
        block: Edge of a block in pixels: the unit of work, and what a killed run loses at most.
        min_area: Least area of a part of an object, and of a hole in it, in square metres; None
            for ``min_pixels``. Needs coordinates.
        min_pixels: The same in pixels.
        join_distance: Pixels up to which two parts of a mask are one object.
        highlight: Whether an object is captioned from a window in which it alone changes; else all
            that changes in the window is seen.
        empty_tiles: Whether tiles whose mask is empty are captioned too, and kept where the
            sentence says that something changed.

    Raises:
        ValueError: A value makes no sense.
    """

    bands: tuple[int, ...] | None = None
    after_bands: tuple[int, ...] | None = None
    two_sensors: bool = False
    decibels: tuple[bool, bool] = (False, False)
    nodata: float | None = None
    percentiles: tuple[float, float] | None = None
    value_range: tuple[float, float] | None = None
    align: bool = False
    tile: int = 256
    overlap: int = 32
    prefilter: float | None = None
    block: int = 2048
    min_area: float | None = None
    min_pixels: int = 16
    join_distance: float = 4.0
    highlight: bool = False
    empty_tiles: bool = False

    def __post_init__(self) -> None:
        for bands in (self.bands, self.after_bands):
            if bands is not None and (len(bands) not in (1, 3) or min(bands) < 1):
                raise ValueError(
                    f"bands {bands}: give one, or three as red, green, blue, counted from 1"
                )
        if self.value_range is not None and (self.two_sensors or any(self.decibels)):
            raise ValueError(
                "a range of values is for both dates of one sensor, as the files store them: name "
                "percentiles for two sensors and for decibels"
            )
        if self.percentiles is not None:
            low, high = self.percentiles
            if not 0 <= low < high <= 100:
                raise ValueError(f"percentiles {low} and {high}: they must rise from 0 to 100")
        check_value_range(self.value_range)
        if self.percentiles is not None and self.value_range is not None:
            raise ValueError("percentiles and a range of values exclude each other: name one")
        if self.tile < 1 or not 0 <= self.overlap < self.tile:
            raise ValueError(
                f"tiles of {self.tile} pixels cannot overlap by {self.overlap}: "
                "the overlap must be at least 0 and smaller than the tile"
            )
        if self.prefilter is not None and self.prefilter <= 0:
            raise ValueError(
                f"prefilter {self.prefilter}: it must be above 0; leave it out for none"
            )
        if self.block < 1:
            raise ValueError(f"blocks of {self.block} pixels: give at least 1, such as 2048")
        for name in ("min_area", "min_pixels", "join_distance"):
            if (getattr(self, name) or 0) < 0:
                raise ValueError(f"{name} {getattr(self, name)}: give 0 or more")
