"""``mmrsicc train``: trains a captioner or a change detector."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from mmrsicc.cli.arguments import add_run_arguments

if TYPE_CHECKING:
    from mmengine import Config

HELP = "train a model"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds config, how to start, and what MMEngine's runner needs."""
    parser.add_argument("config", help="config file")
    parser.add_argument(
        "--resume",
        nargs="?",
        const="auto",
        metavar="CHECKPOINT",
        help="continue from CHECKPOINT, or from the newest whole one in the work dir",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="remove checkpoints of the work dir that the run would overwrite; without this it is "
        "not started",
    )
    parser.add_argument(
        "--amp",
        nargs="?",
        const="auto",
        choices=("fp16", "bf16", "auto"),
        help="mixed precision (default: bf16 where the GPU has it); on a CPU bf16 alone, which is "
        "faster only where it has instructions for it",
    )
    parser.add_argument("--no-validate", action="store_true", help="do not validate")
    parser.add_argument(
        "--auto-scale-lr", action="store_true", help="scale the learning rate by the batch size"
    )
    add_run_arguments(parser)


def run(args: Namespace) -> None:
    """Trains in the work dir.

    Raises:
        OSError, ValueError: Config, data or checkpoint cannot be used; the message says why.
    """
    from mmengine.runner import Runner

    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.launch import check_data, prepare_run
    from mmrsicc.utils.resume import set_start

    cfg = read_config(args.config)
    prepare_run(cfg, args)
    apply_switches(cfg, args)
    check_data(cfg, args.config, ("train_dataloader", "val_dataloader"))
    set_start(cfg, args.resume, args.overwrite)
    Runner.from_cfg(cfg).train()


def apply_switches(cfg: Config, args: Namespace) -> None:
    """Writes the options of training alone into the config."""
    from mmrsicc.utils.launch import set_mixed_precision

    if args.amp:
        set_mixed_precision(cfg, None if args.amp == "auto" else args.amp)
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        cfg.default_hooks.checkpoint.pop("save_best", None)
    if args.auto_scale_lr:
        if "auto_scale_lr" not in cfg:
            raise ValueError(
                f"--auto-scale-lr: {args.config} does not say for which batch size its learning "
                "rate is; add auto_scale_lr = dict(base_batch_size=...)"
            )
        cfg.auto_scale_lr.enable = True
