"""``mmrsicc scene``: a map of what changed between two large rasters."""

from __future__ import annotations

import hashlib
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import MODEL_HELP, MODEL_METAVAR, add_radiometry, split_model

if TYPE_CHECKING:
    from mmrsicc.datasets.transforms import LoadBands
    from mmrsicc.scenes import Captioner, SceneOutcome
    from mmrsicc.utils.training_gsd import TrainingGsd

HELP = "say what changed between two rasters of any size, as maps and a page"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds model, scenes, and how they are read and cut."""
    parser.usage = "%(prog)s [MODEL [CHECKPOINT]] BEFORE AFTER --out DIR [options]"
    parser.add_argument(
        "words",
        nargs="*",
        metavar=MODEL_METAVAR,
        help=f"{MODEL_HELP}BEFORE AFTER: a raster of each date; or several files, one per band, "
        "with commas between",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of all that is written")
    add_radiometry(parser)
    parser.add_argument("--tile", type=int, default=256, help="edge of a tile (default: 256)")
    parser.add_argument(
        "--overlap", type=int, default=32, help="pixels that neighbours share (default: 32)"
    )
    parser.add_argument(
        "--percentiles",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="of both dates, which become 0 and 255 (default: 1 99, but 8-bit files stay)",
    )
    parser.add_argument("--nodata", type=float, help="no-data value that the files do not name")
    parser.add_argument(
        "--align", action="store_true", help="remove the remaining shift between the dates"
    )
    parser.add_argument(
        "--prefilter",
        type=float,
        metavar="T",
        help="do not caption tiles whose dates differ less; the report of a run without this "
        "says what it would cost",
    )
    parser.add_argument(
        "--drop-no-change", action="store_true", help="keep unchanged tiles off the maps"
    )
    parser.add_argument(
        "--dates", nargs=2, metavar=("BEFORE", "AFTER"), help="days, such as 2018-01-31"
    )
    parser.add_argument("--n-best", type=_count, default=3, help="sentences per tile (default: 3)")
    parser.add_argument("--batch-size", type=_count, default=16, help="tiles per forward")
    parser.add_argument(
        "--device", help="such as cpu or cuda:1; a GPU if left out and there is one"
    )


def run(args: Namespace) -> None:
    """Writes maps and a page, and prints a summary on the standard output stream.

    Under torchrun, or anything else that sets ``RANK`` and ``WORLD_SIZE``, the processes share the
    tiles.

    Raises:
        OSError, ValueError: The scenes or the model cannot be used; the message says why.
    """
    # MMEngine and the packages that it looks for print remarks of their own.
    with redirect_stdout(sys.stderr):
        from mmrsicc.scenes import SceneSettings, caption_scene
        from mmrsicc.scenes.dates import check_days

        settings = SceneSettings(
            bands=tuple(args.bands) if args.bands else None,
            nodata=args.nodata,
            percentiles=tuple(args.percentiles) if args.percentiles else None,
            value_range=tuple(args.range) if args.range else None,
            align=args.align,
            tile=args.tile,
            overlap=args.overlap,
            prefilter=args.prefilter,
        )
        days = check_days(*args.dates) if args.dates else (None, None)
        model, checkpoint, (before, after) = split_model(args.words)
        captioner, name, training_gsd, size, loading = _captioner(model, checkpoint, args)
        rank, world_size = (int(os.environ.get(k, d)) for k, d in (("RANK", 0), ("WORLD_SIZE", 1)))
        with _progress(rank == 0) as progress:
            outcome = caption_scene(
                captioner,
                _files(before),
                _files(after),
                args.out,
                settings,
                captioner_name=name,
                dates=days,
                batch_size=args.batch_size,
                drop_no_change=args.drop_no_change,
                training_gsd=training_gsd,
                input_size=size,
                rank=rank,
                world_size=world_size,
                progress=progress,
                loading=loading,
            )
    if outcome is not None:
        print(_summary(outcome))


def _count(text: str) -> int:
    if int(text) < 1:
        raise ArgumentTypeError(f"{text} is below 1")
    return int(text)


def _files(text: str) -> list[str]:
    """Files of one date, with commas between; a file may have commas in its name."""
    return [text] if Path(text).exists() else text.split(",")


def _captioner(
    model: str | None, checkpoint: str | None, args: Namespace
) -> tuple[Captioner, str, TrainingGsd | None, int | None, LoadBands | None]:
    """The captioner, what tells it from others, its training's and input's pixels, its loading."""
    import torch

    from mmrsicc.apis import ChangeCaptionInferencer, band_loading, input_size
    from mmrsicc.apis.model_facts import model_facts
    from mmrsicc.utils.provenance import sha256
    from mmrsicc.utils.training_gsd import TrainingGsd

    device = args.device
    if device is None and torch.cuda.is_available():
        device = f"cuda:{int(os.environ.get('LOCAL_RANK', 0)) % torch.cuda.device_count()}"
    inferencer = ChangeCaptionInferencer(model, checkpoint, device)

    def caption(pairs: Any) -> Any:
        return inferencer(pairs, len(pairs), args.n_best, progress=False, skip_broken=False)

    known = model_facts(inferencer.checkpoint)
    facts = f"{sha256(inferencer.checkpoint)} {args.n_best} {inferencer.model.cfg.pretty_text}"
    name = f"{known.sentence} ({hashlib.sha256(facts.encode()).hexdigest()[:12]})"
    # A converted checkpoint does not say what it was trained on, its config does.
    trained = (inferencer.model.cfg.get("train_dataloader") or {}).get("dataset")
    gsd = known.gsd or TrainingGsd.of_dataset(trained)
    captioner = inferencer.model
    return caption, name, gsd, input_size(captioner), band_loading(captioner)


@contextmanager
def _progress(shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on the standard error stream, where a terminal listens."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = ("captioning tiles", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _summary(outcome: SceneOutcome) -> str:
    tiles = ", ".join(f"{count} {what}" for what, count in outcome.tiles.items())
    lines = [
        f"scene    {outcome.width} x {outcome.height} pixels"
        + (f" of {outcome.gsd:.3g} m" if outcome.gsd else ""),
        f"tiles    {sum(outcome.tiles.values())}: {tiles}",
        f"regions  {len(outcome.regions)}, {outcome.changed_regions} of them changed",
    ]
    if outcome.shift is not None:
        lines.append(
            f"shift    {outcome.shift.length:.2f} pixels, spread {outcome.shift.spread:.2f} over "
            f"{outcome.shift.windows} windows"
        )
    if outcome.tiles_per_second is not None:
        lines.append(
            f"speed    {outcome.tiles_per_second:.1f} tiles per second, {outcome.seconds:.1f} s"
        )
    lines += [f"note     {remark}" for remark in outcome.remarks]
    lines += [f"written  {path}" for path in outcome.files]
    return "\n".join(lines)
