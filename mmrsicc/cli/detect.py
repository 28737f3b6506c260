"""``mmrsicc detect``: change masks of pairs of images, with no model or with a trained one.

Without --model no labels are needed: a method compares the values of all bands. Pixels without data
are unchanged and count nowhere; alpha bands are ignored.

Examples:
    mmrsicc detect before.tif after.tif --method irmad --out mask.png
    mmrsicc detect data/A data/B --method cva --threshold ki --out data/label
    mmrsicc detect before.png after.png --model detector.py --checkpoint detector.pth \\
        --out mask.png --scores probability.npy
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import (
    LEARNED,
    METHODS,
    THRESHOLDS,
    add_device,
    add_key_values,
    add_pair_table,
    add_radiometry,
    threshold,
)

if TYPE_CHECKING:
    import numpy as np

HELP = "find what changed between two images, or the images of two folders or a table, as masks"

_USAGE = """%(prog)s BEFORE AFTER --out MASK.png [options]
       %(prog)s BEFORE_DIR AFTER_DIR --out DIR [options]
       %(prog)s --csv FILE --out DIR [options]"""


def add_arguments(parser: ArgumentParser) -> None:
    """Adds images, what finds the changes, and where they are written."""
    parser.usage = _USAGE
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="BEFORE AFTER",
        help="two images, or two folders of the same file names",
    )
    add_pair_table(parser)
    parser.add_argument(
        "--method", choices=(*METHODS, *LEARNED), help="method without labels (default: cva)"
    )
    add_key_values(
        parser, "--method-options", "arguments of the method, e.g. block_size=8 (pca-kmeans)"
    )
    parser.add_argument(
        "--model", metavar="CONFIG", help="a trained detector in place of a method: its config"
    )
    parser.add_argument(
        "--checkpoint", metavar="FILE", help="its weights; alone if they hold their config"
    )
    parser.add_argument(
        "--threshold",
        type=threshold,
        metavar="RULE",
        help=f"{', '.join(THRESHOLDS)} or a number: scores above it are changed (default: the "
        "method's own; 0.5 of a trained detector)",
    )
    add_device(parser)
    add_radiometry(parser)
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="MASK.png",
        help="the mask, 255 where changed and 0 elsewhere; of several pairs a folder of masks, "
        "named as the second images (lossless WebP where those are WebP, else PNG)",
    )
    parser.add_argument(
        "--scores",
        type=Path,
        metavar="FILE.npy",
        help="the scores before the threshold, float32; of several pairs a folder",
    )


def run(args: Namespace) -> None:
    """Writes the masks, and prints the share of changed pixels of each pair.

    Raises:
        OSError, ValueError: Nothing can be detected; the message says why.
        SystemExit: Some pairs are broken; they are named once the others are done.
    """
    with redirect_stdout(sys.stderr):
        from mmrsicc.apis.mask_folder import claim_masks
        from mmrsicc.apis.pair_inputs import pairs_of
        from mmrsicc.utils.file_names import one_line

        found = list(pairs_of(_inputs(args), args.root))
        files = _files(args, found)
        detect = _detector(args)
        rule = detect.threshold if args.threshold is None else args.threshold
        if not _is_one(args):
            facts = _facts(args, detect, rule)
            masks, scores = zip(*files, strict=True)
            claim_masks(args.out, facts, dict(zip(masks, found, strict=True)))
            if args.scores is not None:
                claim_masks(args.scores, facts, dict(zip(scores, found, strict=True)))
    errors = []
    for pair, (mask_file, scores_file) in zip(found, files, strict=True):
        try:
            result = detect(*pair)
        except (OSError, ValueError) as error:
            if len(found) == 1:
                raise
            errors.append(str(error))
            continue
        mask = result.mask(rule)
        _write_mask(mask, mask_file)
        if scores_file is not None:
            _write_scores(result.scores, scores_file)
        share = 100 * mask.sum() / max(1, result.valid.sum())
        print(f"{one_line(str(mask_file))}\t{share:.2f} % changed", flush=True)
    if errors:
        broken = "\n  ".join(errors)
        raise SystemExit(f"{len(errors)} of {len(found)} pairs could not be compared: {broken}")


def _inputs(args: Namespace) -> Any:
    """Pairs as :func:`~mmrsicc.apis.pair_inputs.pairs_of` takes them."""
    if args.csv is not None and not args.paths:
        return args.csv
    if args.csv is not None or len(args.paths) != 2:
        raise ValueError(f"give BEFORE AFTER or --csv FILE, not {' '.join(args.paths) or 'none'}")
    return tuple(args.paths)


def _is_one(args: Namespace) -> bool:
    """Whether two images are named, and so the files of one mask."""
    return args.csv is None and Path(args.paths[0]).is_file()


def _files(args: Namespace, pairs: list[Any]) -> list[tuple[Path, Path | None]]:
    """Files that mask and scores of each pair are written to, none of them an image of a pair."""
    from mmrsicc.apis.caption_log import name_pairs
    from mmrsicc.evaluation.files.command_line import check_writable

    one = _is_one(args)
    for option, path, suffix in (("--out", args.out, ".png"), ("--scores", args.scores, ".npy")):
        if path is None:
            continue
        if one and path.suffix.lower() != suffix:
            raise ValueError(f"{option} {path}: name a file that ends in {suffix}")
        if not one and (path.is_file() or path.suffix.lower() == suffix):
            raise ValueError(f"{option} {path}: name a folder, since there may be several pairs")
        check_writable(path if one else path / "x")
    files = [(args.out, args.scores)]
    if not one:
        files = [
            (
                args.out / f"{name}{'.webp' if Path(after).suffix.lower() == '.webp' else '.png'}",
                None if args.scores is None else args.scores / f"{name}.npy",
            )
            for name, (_, after) in zip(name_pairs(pairs), pairs, strict=True)
        ]
    images = {path.resolve() for pair in pairs for path in pair}
    for path in (path for outputs in files for path in outputs if path is not None):
        if path.resolve() in images:
            raise ValueError(f"{path} is an image of a pair: write masks and scores elsewhere")
    return files


def _detector(args: Namespace) -> Any:
    """Detector or method that scores a pair of files."""
    from mmengine import Config

    from mmrsicc.apis.detecting import TrainedDetector, UnsupervisedDetector

    if args.checkpoint is None:
        if args.model is not None:
            raise ValueError(f"{args.model} needs weights: give --checkpoint FILE too")
        if args.range is not None:
            raise ValueError("--range is for --model: a method compares the values as they are")
        options = Config()
        options.merge_from_dict(args.method_options or {})
        return UnsupervisedDetector(
            args.method or "cva", options.to_dict(), args.bands, args.device
        )
    if args.method is not None or args.method_options is not None:
        raise ValueError("--method needs no model: leave out --method or --checkpoint")
    return TrainedDetector(args.model, args.checkpoint, args.device, args.range, args.bands)


def _facts(args: Namespace, detect: Any, rule: str | float) -> dict[str, Any]:
    """What finds the masks, as plain values of JSON."""
    from mmrsicc import __version__
    from mmrsicc.utils.provenance import sha256

    if args.checkpoint is None:
        found_by = {"method": args.method or "cva", "method_options": args.method_options}
    else:
        found_by = {"checkpoint_sha256": sha256(args.checkpoint), "config": detect.config_text}
    radiometry = {"range": args.range, "bands": args.bands}
    facts = {"command": "mmrsicc detect", "version": __version__, "threshold": rule}
    return json.loads(json.dumps({**facts, **found_by, **radiometry}))


def _write_mask(mask: np.ndarray, file: Path) -> None:
    """255 where changed, as data sets of masks have it."""
    from PIL import Image

    from mmrsicc.utils import atomic_path

    with atomic_path(file) as path:
        kind = "WEBP" if file.suffix == ".webp" else "PNG"
        Image.fromarray(mask * 255).save(path, format=kind, lossless=True)


def _write_scores(scores: np.ndarray, file: Path) -> None:
    import numpy as np

    from mmrsicc.utils import atomic_path

    with atomic_path(file) as path, path.open("wb") as stream:
        np.save(stream, scores)
