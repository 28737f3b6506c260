"""Answer about uploaded scenes: a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmrsicc.demo.uploads import Limits, check_raster
from mmrsicc.pages import render

if TYPE_CHECKING:
    from mmrsicc.datasets.transforms import LoadBands
    from mmrsicc.scenes import Captioner, Masker
    from mmrsicc.utils.training_gsd import TrainingGsd


def answer_scene(
    captioner: Captioner,
    before: Sequence[str],
    after: Sequence[str],
    bands: str,
    limits: Limits,
    out: Path,
    captioner_name: str,
    masker: Masker | None = None,
    training_gsd: TrainingGsd | None = None,
    input_size: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    loading: LoadBands | None = None,
) -> tuple[str, list[str]]:
    """Captions uploaded scenes.

    Args:
        captioner: As for :func:`mmrsicc.scenes.caption_scene`.
        before: Files of the first date; of several, sorted by name, the bands are counted through.
        after: Files of the second date.
        bands: Numbers of red, green and blue, or of one band; empty where there is no choice.
        limits: For each file.
        out: Folder of all that is written.
        captioner_name: Stands in the map.
        masker: As for :func:`mmrsicc.scenes.caption_scene`.
        training_gsd: As for :func:`mmrsicc.scenes.caption_scene`.
        input_size: As for :func:`mmrsicc.scenes.caption_scene`.
        progress: Called with tiles that are done, and all tiles.
        loading: As for :func:`mmrsicc.scenes.caption_scene`.

    Returns:
        The map as HTML, and the files to download.

    Raises:
        ValueError: The files or bands cannot be used; calls files by their names alone.
        ModuleNotFoundError: A package of the extra ``geo`` is missing.
    """
    from mmrsicc.scenes import SceneSettings, caption_scene

    settings = SceneSettings(bands=parse_bands(bands))
    before, after = (sorted(files, key=lambda file: Path(file).name) for files in (before, after))
    uploads = [Path(file) for file in (*before, *after)]
    for file in uploads:
        check_raster(file, limits)
    try:
        outcome = caption_scene(
            captioner,
            before,
            after,
            out,
            settings,
            captioner_name=captioner_name,
            masker=masker,
            training_gsd=training_gsd,
            input_size=input_size,
            geojson=True,
            progress=progress,
            loading=loading,
        )
    except (OSError, ValueError) as error:
        message = str(error)
        for file in uploads:
            message = message.replace(str(file), file.name)
        raise ValueError(message) from error
    assert outcome is not None, "no shard was asked for"
    report = (out / "report.html").read_text("utf-8")
    kept = [str(file) for file in outcome.files if file.name != "summary.json"]
    return scene_frame(report), kept


def scene_frame(report: str) -> str:
    """The map in a frame of its own, where its scripts reach nothing of the page."""
    return render("demo_scene.html", report=report)


def parse_bands(text: str) -> tuple[int, ...] | None:
    """Numbers between blanks or commas; None if there are none.

    Raises:
        ValueError: Something else stands there.
    """
    try:
        bands = tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise ValueError(f"bands {text!r}: give numbers, such as 4 3 2, or none") from None
    return bands or None
