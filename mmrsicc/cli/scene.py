"""``mmrsicc scene``: a map of what changed between two large rasters.

With a mask, each change object gets a sentence. The mask is the model's own, or that of --detector
or --method; without any, each tile gets a sentence.

Examples:
    mmrsicc scene before.tif after.tif --detector detector.pth --out map
    mmrsicc scene before.tif after.tif --method cva --threshold ki --out map
    for i in 1 2 3 4; do mmrsicc scene before.tif after.tif --out map --shard $i/4 & done
    wait; mmrsicc merge map
"""

from __future__ import annotations

import hashlib
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import MODEL_HELP, MODEL_METAVAR, folder_path, shard, split_model
from mmrsicc.cli.scene_arguments import add_scene_arguments, map_options

if TYPE_CHECKING:
    from mmrsicc.apis import ChangeCaptionInferencer
    from mmrsicc.datasets.transforms import LoadBands
    from mmrsicc.scenes import Captioner, Masker, SceneOutcome
    from mmrsicc.scenes.dates import Dates
    from mmrsicc.utils.training_gsd import TrainingGsd

HELP = "say what changed between two rasters of any size, as maps and a page"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds model, scenes, and how they are read and cut."""
    parser.usage = "%(prog)s [MODEL [CHECKPOINT]] BEFORE AFTER --out DIR [options]"
    parser.add_argument(
        "words",
        nargs="*",
        metavar=MODEL_METAVAR,
        help=f"{MODEL_HELP}BEFORE AFTER: a raster of each date, or a STAC item (ITEM.json or "
        "ITEM.json#ASSET); or several of them, one per band, with commas between",
    )
    parser.add_argument(
        "--out",
        required=True,
        type=folder_path,
        metavar="DIR",
        help="folder of all that is written",
    )
    add_scene_arguments(parser)
    parser.add_argument(
        "--dates", nargs=2, metavar=("BEFORE", "AFTER"), help="days, such as 2018-01-31"
    )
    parser.add_argument(
        "--shard",
        type=shard,
        metavar="I/N",
        help="do the I-th of N shares of the blocks; mmrsicc merge DIR writes the maps of all",
    )


def run(args: Namespace) -> None:
    """Writes maps and a page, and prints a summary on the standard output stream.

    Raises:
        OSError, ValueError: The scenes or the model cannot be used; the message says why.
    """
    if args.shard is not None and any(map_options(args).values()):
        raise ValueError(
            "--drop-no-change, --geojson and --page-tiles say what is written for all shares: give "
            "them to mmrsicc merge"
        )
    # MMEngine and the packages that it imports print messages of their own.
    with redirect_stdout(sys.stderr):
        model, checkpoint, words = split_model(args.words)
        before, after, days = find_scenes(words, args.dates)
        caption = scene_runner(model, checkpoint, args)
        with _progress() as progress:
            outcome = caption(
                before,
                after,
                args.out,
                dates=days,
                shard=args.shard,
                progress=progress,
            )
    if outcome is not None:
        print(summary(outcome))


def scene_runner(
    model: str | None, checkpoint: str | None, args: Namespace
) -> Callable[..., SceneOutcome | None]:
    """:func:`mmrsicc.scenes.caption_scene` with models and settings of a command line.

    The models are loaded once, however many scenes they are then used for.

    Raises:
        OSError, ValueError: As :func:`run`.
    """
    from mmrsicc.scenes import SceneSettings, caption_scene

    settings = SceneSettings(
        bands=tuple(args.bands) if args.bands else None,
        nodata=args.nodata,
        percentiles=tuple(args.percentiles) if args.percentiles else None,
        value_range=tuple(args.range) if args.range else None,
        align=args.align,
        tile=args.tile,
        overlap=args.overlap,
        prefilter=args.prefilter,
        block=args.block,
        min_area=args.min_area,
        min_pixels=args.min_pixels,
        join_distance=args.join_distance,
        highlight=args.highlight,
        empty_tiles=args.empty_tiles,
    )
    _check_mask_options(args)
    known = _load(model, checkpoint, args)
    return partial(
        caption_scene,
        known.caption,
        settings=settings,
        captioner_name=known.name,
        masker=_masker(known, args),
        batch_size=args.batch_size,
        **map_options(args),
        training_gsd=known.training_gsd,
        input_size=known.input_size,
        loading=known.loading,
    )


def _check_mask_options(args: Namespace) -> None:
    """Raises an error before a model is loaded if the options of the mask contradict each other."""
    sources = (args.tiles, args.method, args.detector)
    if sum(map(bool, sources)) > 1:
        raise ValueError("--tiles, --method and --detector exclude each other: give one")
    if args.detector_config is not None and not args.detector:
        raise ValueError("--detector-config is of --detector: give one, or leave it out")
    if args.threshold is not None and not (args.method or args.detector):
        raise ValueError("--threshold is of --method or --detector: give one, or leave it out")
    if args.tiles and (given := _of_masks(args)):
        raise ValueError(f"--tiles captions without masks: leave it out, or {given}")


def _of_masks(args: Namespace) -> str:
    """Those of the given options that have no effect without masks."""
    of_masks = {"--highlight": args.highlight, "--empty-tiles": args.empty_tiles}
    of_masks["--min-area"] = args.min_area is not None
    return " and ".join(name for name, value in of_masks.items() if value)


def _masker(model: _Model, args: Namespace) -> Masker | None:
    """Source of change masks; None if each tile gets a sentence."""
    from mmrsicc.apis.scene_masks import DetectorMasks, MethodMasks
    from mmrsicc.scenes.masking import own_masks

    if args.method:
        return MethodMasks(args.method, args.threshold, args.device)
    if args.detector:
        least = 0.5 if args.threshold is None else args.threshold
        if isinstance(least, str) or not 0 < least < 1:
            raise ValueError(f"--threshold {least}: give a probability between 0 and 1")
        return DetectorMasks(args.detector_config, args.detector, args.device, least, model.loading)
    if args.tiles:
        return None
    masker = own_masks(model.caption, args.tile, model.bands, model.loading is not None)
    if masker is None and (given := _of_masks(args)):
        raise ValueError(
            f"the model has no masks: find them with --detector or --method, or leave out {given}"
        )
    return masker


def find_scenes(
    words: Sequence[str], days: Sequence[str] | None
) -> tuple[list[str], list[str], Dates]:
    """Files of both dates, and their days as far as they are given or STAC items tell.

    The files are opened once, so that one that is missing is known before a model is loaded.

    Args:
        words: Files or items of a date, with commas between; a file may have commas in its name.
        days: Days that are given; None without.

    Raises:
        OSError, ValueError: An item, a file or a day cannot be used.
    """
    from mmrsicc.scenes.dates import check_days
    from mmrsicc.scenes.opening import open_raster
    from mmrsicc.scenes.stac_input import find_date
    from mmrsicc.utils.file_names import exists

    given = check_days(*days) if days else (None, None)
    before, after = (find_date([word] if exists(Path(word)) else word.split(",")) for word in words)
    for file in before[0] + after[0]:
        open_raster(file).close()
    return before[0], after[0], (given[0] or before[1], given[1] or after[1])


@dataclass(frozen=True)
class _Model:
    """A captioner and its metadata.

    Attributes:
        caption: Captions batches of pairs.
        name: Its unique name.
        training_gsd: Ground sampling distances that it was trained on.
        input_size: Edge in pixels that it resizes tiles to; None: it leaves them.
        loading: How one that reads bands loads pairs; None of one that takes 8-bit RGB.
        bands: How many it reads of each date.
    """

    caption: Captioner
    name: str
    training_gsd: TrainingGsd | None = None
    input_size: int | None = None
    loading: LoadBands | None = None
    bands: tuple[int, int] = (3, 3)


def _load(model: str | None, checkpoint: str | None, args: Namespace) -> _Model:
    """The captioner of a command line."""
    from mmrsicc.apis import ChangeCaptionInferencer, band_loading, input_size
    from mmrsicc.apis.model_facts import model_facts
    from mmrsicc.utils.training_gsd import TrainingGsd

    inferencer = ChangeCaptionInferencer(model, checkpoint, args.device)

    def caption(pairs: Any) -> Any:
        return inferencer(pairs, len(pairs), args.n_best, progress=False, skip_broken=False)

    known = model_facts(inferencer.checkpoint)
    name = captioner_name(inferencer, args.n_best)
    # A converted checkpoint does not say what it was trained on, its config does.
    trained = (inferencer.model.cfg.get("train_dataloader") or {}).get("dataset")
    gsd = known.gsd or TrainingGsd.of_dataset(trained)
    captioner = inferencer.model
    bands = captioner.encoder.normalizer.bands
    return _Model(caption, name, gsd, input_size(captioner), band_loading(captioner), bands)


def captioner_name(inferencer: ChangeCaptionInferencer, n_best: int = 1) -> str:
    """Name that tells a captioner, its config and the number of its sentences from all others."""
    from mmrsicc.apis.model_facts import model_facts
    from mmrsicc.utils.provenance import sha256

    facts = f"{sha256(inferencer.checkpoint)} {n_best} {inferencer.model.cfg.pretty_text}"
    digest = hashlib.sha256(facts.encode()).hexdigest()[:12]
    return f"{model_facts(inferencer.checkpoint).sentence} ({digest})"


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Progress bar on the standard error stream, if it is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = ("tiles", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def summary(outcome: SceneOutcome) -> str:
    """Summary of a scene's result, line by line."""
    from mmrsicc.utils.counts import counted

    tiles = ", ".join(f"{count} {what}" for what, count in outcome.tiles.items())
    lines = [
        f"scene    {outcome.width} x {outcome.height} pixels"
        + (f" of {outcome.gsd:.3g} m" if outcome.gsd else ""),
        f"tiles    {sum(outcome.tiles.values())}: {tiles}",
        f"objects  {len(outcome.objects)}, {outcome.changed_objects} of them changed"
        + (f"; mask and sentence disagree on {outcome.disagreeing}" if outcome.masker else ""),
    ]
    if outcome.shift is not None:
        lines.append(
            f"shift    {outcome.shift.length:.2f} pixels, spread {outcome.shift.spread:.2f} over "
            f"{counted(outcome.shift.windows, 'window')}"
        )
    if outcome.tiles_per_second is not None and outcome.seconds is not None:
        lines.append(
            f"speed    {outcome.tiles_per_second:.1f} tiles per second, {outcome.seconds:.1f} s"
        )
    lines += [f"note     {remark}" for remark in outcome.remarks]
    lines += [f"written  {path}" for path in outcome.files]
    return "\n".join(lines)
