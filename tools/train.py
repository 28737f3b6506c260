"""Trains a model: ``python tools/train.py CONFIG``."""

import argparse
import os

import torch
from mmengine import Config
from mmengine.runner import CheckpointLoader, Runner, find_latest_checkpoint

from mmrsicc.utils.launch import add_run_arguments, prepare_run


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a model")
    parser.add_argument("config", help="config file")
    parser.add_argument(
        "--resume",
        nargs="?",
        const="auto",
        metavar="CHECKPOINT",
        help="go on from CHECKPOINT, or from the newest one in the work dir",
    )
    parser.add_argument("--amp", action="store_true", help="mixed precision (needs a GPU)")
    parser.add_argument("--no-validate", action="store_true", help="do not validate")
    parser.add_argument(
        "--auto-scale-lr", action="store_true", help="scale the learning rate by the batch size"
    )
    add_run_arguments(parser)
    return parser.parse_args()


def apply_switches(cfg: Config, args: argparse.Namespace) -> None:
    """Writes what training alone can be told into the config."""
    if args.amp:
        if not torch.cuda.is_available():
            raise SystemExit("--amp needs a GPU, and there is none: leave it out")
        cfg.optim_wrapper.type = "AmpOptimWrapper"
        cfg.optim_wrapper.setdefault("loss_scale", "dynamic")
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        cfg.default_hooks.checkpoint.pop("save_best", None)
    if args.auto_scale_lr:
        if "auto_scale_lr" not in cfg:
            raise SystemExit(
                f"--auto-scale-lr: {args.config} does not say for which batch size its learning "
                "rate is; add auto_scale_lr = dict(base_batch_size=...)"
            )
        cfg.auto_scale_lr.enable = True
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == "auto" else args.resume


def check_start(cfg: Config) -> None:
    """Reads the checkpoint that the run starts from, which refuses one with code in it."""
    path = cfg.get("load_from")
    if path is None and cfg.get("resume"):
        path = find_latest_checkpoint(cfg.work_dir)
    if path is not None:
        CheckpointLoader.load_checkpoint(str(path), map_location="cpu")


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    apply_switches(cfg, args)
    prepare_run(cfg, args)
    check_start(cfg)
    Runner.from_cfg(cfg).train()


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
