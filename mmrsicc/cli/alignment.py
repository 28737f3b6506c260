"""``mmrsicc alignment``: whether what a change detector learned fits a captioner's pairs.

CONFIG and CHECKPOINT are a change detector's own; its training pairs are the source. TARGET is any
config with data loaders, whose pairs are loaded as for its test. DIR gets alignment.json and
alignment.html, a page with plots and a verdict.

Examples:
    mmrsicc alignment configs/change_detection/siamese_mit-b1_sysu.py \\
        best_mask_F1_epoch_30.pth configs/dfm/dfm_levircc.py \\
        --out work_dirs/alignment/sysu_levir-cc
    mmrsicc alignment CONFIG CHECKPOINT TARGET --out DIR \\
        --captioner configs/dfm/dfm_levircc.py best_BLEU-4_epoch_60.pth
"""

from __future__ import annotations

import json
import shlex
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import add_batch_size, add_device, whole_number

if TYPE_CHECKING:
    import numpy as np
    import torch
    from mmengine import Config

    from mmrsicc.models.change_detectors import ChangeDetector
    from mmrsicc.research.alignment import Curve, PairSet, PooledFeatures, Shift

HELP = "compare a change detector's features of its training pairs and of a captioner's"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds detector, target and the number of pairs."""
    parser.add_argument("config", metavar="CONFIG", help="config of a change detector")
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="its checkpoint")
    parser.add_argument("target", metavar="TARGET", help="config whose pairs are the target")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    for side, default in (("source", ["train"]), ("target", ["test"])):
        parser.add_argument(
            f"--{side}-splits",
            nargs="+",
            choices=["train", "val", "test"],
            default=default,
            help=f"(default: {default[0]})",
        )
    parser.add_argument(
        "--captioner",
        nargs=2,
        metavar=("CONFIG", "CHECKPOINT"),
        help="also compare with this captioner's backbone",
    )
    number = whole_number(at_least=1)
    parser.add_argument(
        "--pairs", type=number, default=500, help="most pairs of each side (default: 500)"
    )
    parser.add_argument(
        "--curve-pairs",
        type=whole_number(at_least=0),
        default=100,
        help="most pairs of each side whose images are made worse; 0 for none (default: 100)",
    )
    parser.add_argument("--window", type=number, help="edge of a pair in pixels (default: 256)")
    add_batch_size(parser)
    parser.add_argument(
        "--seed", type=whole_number(at_least=0), default=0, help="random seed (default: 0)"
    )
    add_device(parser)


def run(args: Namespace) -> None:
    """Writes figures and page, and prints the verdict.

    Raises:
        OSError, ValueError: Detector or pairs cannot be used; the message says why.
    """
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.utils import atomic_path

    check_writable(args.out / "alignment.json")
    result, html = compare(args)
    with atomic_path(args.out / "alignment.json") as path:
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    with atomic_path(args.out / "alignment.html") as path:
        path.write_text(html, encoding="utf-8")
    print(f"{result['verdict']}. {result['reasons']}")
    for remark in result["remarks"]:
        print(remark)
    print(f"written to {args.out}")


def build_detector(
    cfg: Config, checkpoint: str | None, device: torch.device, seed: int
) -> ChangeDetector:
    """The detector with its weights, or with random ones."""
    import torch
    from mmengine.registry import init_default_scope

    from mmrsicc.registry import MODELS
    from mmrsicc.utils.checkpoint import load_weights, read_checkpoint

    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    torch.manual_seed(seed)
    detector = MODELS.build(cfg.model)
    if not hasattr(detector, "extract"):
        raise ValueError(f"{cfg.filename} holds no change detector: give a detector's own config")
    if checkpoint is not None:
        load_weights(detector, read_checkpoint(checkpoint)["state_dict"], checkpoint)
    return detector.to(device).eval()


def shifts_of(source: PooledFeatures, target: PooledFeatures, seed: int) -> dict[str, Shift]:
    """Distances by kind of features."""
    from rich.console import Console
    from rich.progress import track

    from mmrsicc.research.alignment import measure_shift

    kinds = track(source.pooled, "measuring", console=Console(stderr=True))
    return {k: measure_shift(source.pooled[k], target.pooled[k], seed=seed) for k in kinds}


def shift_values(shifts: dict[str, Shift]) -> dict[str, Any]:
    """Values of the shift for the JSON file."""
    return {
        kind: {
            "p": shift.p,
            "pairs": shift.pairs,
            **{m: {**asdict(d), "ratio": d.ratio} for m, d in shift.distances.items()},
        }
        for kind, shift in shifts.items()
    }


def remarks_on(source: PairSet, target: PairSet) -> list[str]:
    """Limits of the numbers, in words."""
    return [
        f"The {len(pairs)} {side} pairs come from only {pairs.file_count} images. Parts of one "
        "image are alike, but count as independent: p-values and what chance reaches are too "
        "small. Probes and their intervals keep parts of one image together."
        for side, pairs in (("source", source), ("target", target))
        if 2 * pairs.file_count < len(pairs)
    ]


def compare(args: Namespace) -> tuple[dict[str, Any], str]:
    """Content of the JSON file, and the page."""
    from mmrsicc.research.alignment import measure_usefulness, pooled_features, verdict
    from mmrsicc.research.alignment.batch_norm import batch_norm_shift
    from mmrsicc.research.alignment.captioner import captioner_cka
    from mmrsicc.research.alignment.page import alignment_page
    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.device import usable_device

    cfg = read_config(args.config)
    device = usable_device(args.device)
    detector = build_detector(cfg, args.checkpoint, device, args.seed)
    untrained = build_detector(cfg, None, device, args.seed)
    name = detector.source_dataset or Path(args.config).stem
    source, target = load_both(cfg, args, name)
    ours, theirs = (pooled_features(detector, p, args.batch_size) for p in (source, target))
    blind = pooled_features(untrained, target, args.batch_size)
    shifts = shifts_of(ours, theirs, args.seed)
    use = {
        "target": measure_usefulness(theirs, target, seed=args.seed),
        "target, random weights": measure_usefulness(blind, target, seed=args.seed),
        "source": measure_usefulness(ours, source, seed=args.seed),
    }
    word, reasons = verdict(shifts, use["target"], use["target, random weights"])
    curves = curves_of(detector, source, target, args)
    cka: dict[str, np.ndarray] = {}
    if args.captioner is not None:
        config, checkpoint = args.captioner
        cka = captioner_cka(detector, config, checkpoint, target, args.batch_size, str(device))
    result = {
        "verdict": word,
        "reasons": reasons,
        "remarks": remarks_on(source, target),
        **{
            side: {"name": pairs.name, "pairs": len(pairs), "images": pairs.file_count}
            for side, pairs in (("source", source), ("target", target))
        },
        "usefulness": {name: asdict(found) for name, found in use.items()},
        "shift": shift_values(shifts),
        "batch_norm": {
            p.name: batch_norm_shift(detector, p, args.batch_size) for p in (source, target)
        },
        "cka": {name: values.round(4).tolist() for name, values in cka.items()},
        "curves": [asdict(curve) for curve in curves],
        "detector": args.config,
        "checkpoint": args.checkpoint,
        "captioner": args.captioner,
        "seed": args.seed,
        "command": shlex.join(sys.argv),
    }
    kinds = [[k for k in shifts if k.startswith(what)][-1] for what in ("stage", "difference")]
    clouds = {kind: (ours.pooled[kind], theirs.pooled[kind]) for kind in kinds}
    return result, alignment_page(result, shifts, clouds, curves, cka)


def load_both(cfg: Config, args: Namespace, source: str) -> tuple[PairSet, PairSet]:
    """Pairs of the source, which has a name, and of the target."""
    from mmrsicc.research.alignment import load_pairs
    from mmrsicc.research.alignment.pairs import WINDOW
    from mmrsicc.utils.config_file import read_config

    options = {"count": args.pairs, "size": args.window or WINDOW, "seed": args.seed}
    target = f"{Path(args.target).stem}, {' + '.join(args.target_splits)}"
    return (
        load_pairs(cfg, args.source_splits, source, **options),
        load_pairs(read_config(args.target), args.target_splits, target, **options),
    )


def curves_of(
    detector: ChangeDetector, source: PairSet, target: PairSet, args: Namespace
) -> list[Curve]:
    """Curves of both sides, if asked for."""
    if args.curve_pairs == 0:
        return []

    from rich.console import Console
    from rich.progress import track

    from mmrsicc.research.alignment import degradation_curves

    return degradation_curves(
        detector,
        source,
        target,
        args.curve_pairs,
        args.batch_size,
        lambda items: track(items, "making images worse", console=Console(stderr=True)),
        args.seed,
    )
