"""The file that describes a folder of parts, so that any process can merge them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rasterio

from mmrsicc.scenes.dates import Dates
from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.gsd import ground_sampling_distance
from mmrsicc.scenes.opening import unsigned
from mmrsicc.scenes.pair import ScenePair
from mmrsicc.scenes.settings import SceneSettings
from mmrsicc.scenes.shift import Shift, estimate_shift
from mmrsicc.utils.files import atomic_path
from mmrsicc.utils.text_files import read_json

if TYPE_CHECKING:
    from mmrsicc.datasets.transforms import LoadBands

#: Name of the file.
RUN_FILE = "run.json"

#: GDAL's block cache in MB; its default is a share of the machine's memory.
_GDAL_CACHE = 128

#: Shift and spread in pixels above which a pair is reported as badly registered.
_TOLERATED = 1.0

#: Shift in pixels below which correcting it would blur more than it gains.
_NEGLIGIBLE = 0.1


@dataclass(frozen=True)
class RunFile:
    """Description of a run.

    Attributes:
        digest: Name of the folder of its parts.
        before: Files of the first date.
        after: Files of the second date.
        settings: How they are read and cut.
        captioner: What tells the captioner from others.
        masker: What tells the masks from others; None without.
        dates: Days, as far as they were named.
        remarks: What the user should know beside what the files tell.
    """

    digest: str
    before: Sequence[str]
    after: Sequence[str]
    settings: SceneSettings
    captioner: str
    masker: str | None
    dates: Dates
    remarks: Sequence[str] = ()

    @property
    def title(self) -> str:
        """Title of both scenes, their file names."""
        return " and ".join(Path(unsigned(date[0])).name for date in (self.before, self.after))

    def parts(self, out: Path) -> Path:
        """Folder of the parts."""
        return out / "parts" / self.digest

    def write(self, out: Path) -> None:
        """Writes the file: of the latest run in a folder."""
        with atomic_path(out / RUN_FILE) as temporary:
            temporary.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")

    @classmethod
    def read(cls, out: Path) -> RunFile:
        """From :meth:`write`.

        Raises:
            FileNotFoundError: There is none.
            ValueError: It is damaged; names it.
        """
        path = out / RUN_FILE
        if not path.is_file():
            raise FileNotFoundError(f"no run at {out}: run mmrsicc scene ... --out {out} first")
        content = read_json(path)
        try:
            settings = {k: _tuple(v) for k, v in content.pop("settings").items()}
            return cls(
                settings=SceneSettings(**settings), **{**content, "dates": (*content["dates"],)}
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} is not as mmrsicc scene writes it ({error}): run that again"
            ) from error


def least_pixels(settings: SceneSettings, grid: Grid) -> float:
    """Least area of a part of an object, in pixels.

    Raises:
        ValueError: It is given in square metres, and the scene has no coordinates.
    """
    if settings.min_area is None:
        return settings.min_pixels
    gsd = ground_sampling_distance(grid)
    if gsd is None:
        raise ValueError(
            f"a least area of {settings.min_area} square metres, but the scene has no coordinates: "
            "give it in pixels (--min-pixels)"
        )
    return settings.min_area / gsd**2


@contextmanager
def registered(
    before: Sequence[str],
    after: Sequence[str],
    settings: SceneSettings,
    loading: LoadBands | None = None,
) -> Iterator[tuple[ScenePair, Shift | None, list[str]]]:
    """The pair on one grid, its shift (None: not measured; taken out if wished), and remarks."""
    with (
        rasterio.Env(GDAL_CACHEMAX=_GDAL_CACHE),
        ScenePair(before, after, settings, loading=loading) as pair,
    ):
        remarks = [
            f"the files of the {date} date are not stored north-up: they were read north-up"
            for date, turned in zip(("first", "second"), pair.turned, strict=True)
            if turned
        ]
        if pair.warped:
            remarks.append("the second date was warped onto the grid of the first")
        shift, unmeasured = _measured_shift(pair)
        if shift is None or shift.length <= (_NEGLIGIBLE if settings.align else _TOLERATED):
            yield pair, shift, [*remarks, *unmeasured]
            return
        apart = f"{shift.columns:+.2f} pixels to the right and {shift.rows:+.2f} down of the first"
        if not settings.align:
            yield pair, shift, [*remarks, f"the second date lies {apart}: --align takes it out"]
            return
        moved = (shift.columns, shift.rows)
        with ScenePair(before, after, settings, moved, loading) as aligned:
            yield aligned, shift, [*remarks, f"the second date lay {apart}: taken out"]


def _measured_shift(pair: ScenePair) -> tuple[Shift | None, list[str]]:
    """The shift between the dates; or None, and a remark that says why."""
    if pair.settings.two_sensors:
        return None, ["the dates are of two sensors: the shift between them was not measured"]
    shift = estimate_shift(pair)
    if shift is None:
        why = "too few parts of the scene are full of data and alike enough in both"
    elif shift.spread > _TOLERATED:
        why = (
            f"{shift.windows} parts of the scene differ by {shift.spread:.1f} pixels about their "
            "median"
        )
    else:
        return shift, []
    return None, [f"the shift between the dates could not be measured: {why}"]


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
