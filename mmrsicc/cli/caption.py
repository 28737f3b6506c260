"""``mmrsicc caption``: sentences for pairs of images."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import file_path

if TYPE_CHECKING:
    from PIL import Image

    from mmrsicc.apis import CaptionResult, ChangeCaptionInferencer

HELP = "say what changed between two images, or the images of two folders or a table"

_USAGE = """%(prog)s MODEL [CHECKPOINT] BEFORE AFTER [options]
       %(prog)s MODEL [CHECKPOINT] --csv FILE [options]"""


#: Each beam of each pair of a batch holds its states in memory.
_MOST_BEAMS = 64


def add_arguments(parser: ArgumentParser) -> None:
    """Adds model and images, and what to do with them."""
    parser.usage = _USAGE
    parser.add_argument(
        "model", metavar="MODEL", help="name (mmrsicc info), config file, or checkpoint alone"
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="[CHECKPOINT] BEFORE AFTER",
        help="checkpoint, unless MODEL is one; two images, or two folders of the same file names",
    )
    parser.add_argument(
        "--csv", type=Path, metavar="FILE", help="table of pairs with the columns before and after"
    )
    parser.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        help="folder above all images of --csv, where its paths start (default: the table's)",
    )
    parser.add_argument(
        "--beam-size",
        type=int,
        help=f"beams of the search, at most {_MOST_BEAMS}; the config's decoding if left out",
    )
    parser.add_argument(
        "--n-best", type=int, default=1, help="sentences per pair (default: 1, the best)"
    )
    parser.add_argument("--batch-size", type=int, default=16, help="pairs per forward")
    parser.add_argument("--device", help="such as cpu or cuda:1 (default: a GPU if there is one)")
    parser.add_argument("--out", metavar="FILE.jsonl", help="write one JSON line per pair")
    parser.add_argument(
        "--masks",
        type=Path,
        metavar="DIR",
        help="write each pair's change mask: a PNG of class ids, at the size of the images",
    )
    parser.add_argument(
        "--picture",
        type=file_path(".png"),
        metavar="FILE.png",
        help="draw the pair with its sentence and, if the model finds one, its mask",
    )


def run(args: Namespace) -> None:
    """Prints sentences, and nothing else, on the standard output stream.

    Raises:
        OSError, ValueError: Nothing can be captioned; the message says why.
        SystemExit: Some pairs are broken; they are named once the others are done.
    """
    check_beams("--beam-size", args.beam_size)
    check_beams("--n-best", args.n_best)
    weights, inputs = _weights_and_inputs(args)
    # MMEngine prints remarks, and its log's handler keeps the stream that it is made with.
    with redirect_stdout(sys.stderr):
        from mmrsicc.apis import ChangeCaptionInferencer
        from mmrsicc.apis.pair_inputs import pairs_of
        from mmrsicc.evaluation.files.command_line import check_writable
        from mmrsicc.utils import atomic_path
        from mmrsicc.visualization import save_png

        check_writable(args.out)
        pairs = list(pairs_of(inputs, args.root))
        if args.picture is not None and len(pairs) > 1:
            raise ValueError(f"--picture draws one pair, not {len(pairs)}: give two images")
        if args.masks is not None:
            _check_names(pairs)
        decoding = None
        if args.beam_size is not None:
            decoding = {"type": "BeamSearch", "beam_size": args.beam_size}
        captioner = ChangeCaptionInferencer(args.model, weights, args.device, decoding)
    lines, errors = [], []
    for result in captioner.stream(pairs, args.batch_size, args.n_best):
        lines.append(json.dumps({"id": Path(str(result.after)).stem, **result.to_dict()}))
        if result.error is not None:
            errors.append(f"\n  {result.after}: {result.error}")
            continue
        label = "" if len(pairs) == 1 else f"{_label(result, args)}\t"
        for sentence, _ in result.n_best:
            print(f"{label}{sentence}", flush=True)
        if args.masks is not None:
            save_png(_mask_image(result), args.masks / _mask_name(result.after))
        if args.picture is not None:
            _draw(captioner, result, args.picture)
    if args.out is not None:
        with atomic_path(args.out) as path:
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if errors:
        broken = "".join(errors)
        raise SystemExit(f"{len(errors)} of {len(pairs)} pairs could not be captioned:{broken}")


def check_beams(option: str, number: int | None) -> None:
    """Refuses more beams than a search can use.

    Raises:
        ValueError: Names the option and the most that it takes.
    """
    if number is not None and number > _MOST_BEAMS:
        raise ValueError(f"{option} {number} is too many: give at most {_MOST_BEAMS}")


def _weights_and_inputs(args: Namespace) -> tuple[str | None, Any]:
    """The checkpoint, if one is named beside the model, and the images."""
    number = 0 if args.csv is not None else 2
    if len(args.paths) not in (number, number + 1):
        images = "--csv FILE" if args.csv is not None else "BEFORE AFTER"
        given = " ".join([args.model, *args.paths])
        raise ValueError(f"give MODEL [CHECKPOINT] {images}, not {given}; see --help")
    weights = args.paths[0] if len(args.paths) > number else None
    return weights, args.csv or tuple(args.paths[-2:])


def _label(result: CaptionResult, args: Namespace) -> str:
    """What tells a pair from the others: in two folders it is the name of the file."""
    return Path(str(result.after)).name if args.csv is None else str(result.after)


def _mask_name(after: Any) -> str:
    return f"{Path(str(after)).stem}.png"


def _check_names(pairs: Sequence[Any]) -> None:
    """Refuses pairs whose masks would be written to one file."""
    names = Counter(_mask_name(after) for _, after in pairs)
    name, count = names.most_common(1)[0] if names else ("", 0)
    if count > 1:
        raise ValueError(
            f"--masks: {count} pairs would be written to {name}: caption them folder by folder"
        )


def _mask_image(result: CaptionResult) -> Image.Image:
    """A mask whose pixels are class ids, shown in the colours of our pictures."""
    from PIL import Image

    from mmrsicc.visualization.overlay import PALETTE

    if result.mask is None:
        raise ValueError(
            "--masks: the model finds no masks: take one with a change detector or a mask head"
        )
    image = Image.fromarray(result.mask)
    image.putpalette([value for colour in ((0, 0, 0), *PALETTE) for value in colour])
    return image


def _draw(captioner: ChangeCaptionInferencer, result: CaptionResult, out: Path) -> None:
    """Draws a captioned pair at the size of its files, not at that of the model's input."""
    import torch

    from mmrsicc.apis import image_pipeline
    from mmrsicc.visualization import pair_picture, raw_pair, save_png

    record = {
        "pair_id": Path(str(result.after)).stem,
        "before_path": result.before,
        "after_path": result.after,
    }
    pair = raw_pair(record, image_pipeline(captioner.model).transforms)
    sample = pair["data_samples"]
    sample.pred_caption = result.caption
    if result.mask is not None:
        sample.pred_mask = torch.from_numpy(result.mask)
    save_png(pair_picture(pair["inputs"], sample), out)
