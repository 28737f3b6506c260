"""``mmrsicc test``: scores a checkpoint on the test split."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from mmrsicc.cli.arguments import add_run_arguments, file_path, whole_number

if TYPE_CHECKING:
    from mmengine import Config

HELP = "score a checkpoint on the test split"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds config, checkpoint, what is written, and what MMEngine's runner needs."""
    parser.add_argument("config", help="config file")
    parser.add_argument(
        "checkpoint", nargs="?", help="checkpoint file; none for a model without weights"
    )
    parser.add_argument(
        "--out",
        type=file_path(".jsonl"),
        metavar="FILE.jsonl",
        help="write one JSON line per pair, and scores with provenance to FILE.meta.json",
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


def run(args: Namespace) -> None:
    """Scores the checkpoint, and writes what is asked for.

    Raises:
        OSError, ValueError: Config, data or checkpoint cannot be used; the message says why.
    """
    import logging

    from mmengine.logging import print_log

    from mmrsicc.apis.testing import score_checkpoint
    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.launch import check_data, prepare_run

    cfg = read_config(args.config)
    prepare_run(cfg, args)
    check_data(cfg, args.config, ("test_dataloader",))
    if args.show_dir is not None:
        draw_pairs(cfg, args.show_dir, args.show_number)
    record = score_checkpoint(cfg, args.config, args.checkpoint, args.out)
    for warning in record.get("warnings", ()):
        print_log(warning, logger="current", level=logging.WARNING)


def draw_pairs(cfg: Config, out_dir: str, number: int) -> None:
    """Adds the drawing of pairs to the test."""
    hook = {"type": "ChangeVisualizationHook", "num_pairs": number, "out_dir": out_dir}
    cfg.custom_hooks = [*(cfg.get("custom_hooks") or []), hook]
