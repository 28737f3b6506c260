"""Scores a checkpoint: ``python tools/test.py CONFIG CHECKPOINT``."""

import argparse
import logging
import os

from mmengine import Config
from mmengine.logging import print_log

from mmrsicc.apis.testing import score_checkpoint
from mmrsicc.evaluation.files.command_line import whole_number
from mmrsicc.utils.launch import add_run_arguments, prepare_run


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Score a checkpoint on the test split")
    parser.add_argument("config", help="config file")
    parser.add_argument(
        "checkpoint", nargs="?", help="checkpoint file; none for a model without weights"
    )
    parser.add_argument(
        "--out",
        metavar="FILE.jsonl",
        help="write one JSON line per pair, and scores and what they rest on to FILE.meta.json",
    )
    parser.add_argument(
        "--show-dir",
        metavar="DIR",
        help="draw some pairs: DIR/<pair id>.png with masks, sentences and where each word looks",
    )
    parser.add_argument(
        "--show-number",
        type=whole_number(1),
        default=16,
        metavar="N",
        help="pairs that --show-dir draws, the first by id (default: 16)",
    )
    add_run_arguments(parser)
    args = parser.parse_args()
    if args.out is not None and not args.out.endswith(".jsonl"):
        parser.error(f"--out writes JSON lines: name the file *.jsonl, not {args.out}")
    return args


def draw_pairs(cfg: Config, out_dir: str, number: int) -> None:
    """Adds the drawing of pairs to the test."""
    hook = {"type": "ChangeVisualizationHook", "num_pairs": number, "out_dir": out_dir}
    cfg.custom_hooks = [*(cfg.get("custom_hooks") or []), hook]


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    prepare_run(cfg, args)
    if args.show_dir is not None:
        draw_pairs(cfg, args.show_dir, args.show_number)
    try:
        record = score_checkpoint(cfg, args.config, args.checkpoint, args.out)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    for warning in record.get("warnings", ()):
        print_log(warning, logger="current", level=logging.WARNING)


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
