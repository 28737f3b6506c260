"""Starting a run from the command line, on GPUs or without."""

import argparse
import os

import torch
from mmengine import Config


def add_launcher_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds ``--launcher`` and ``--local_rank``, OpenMMLab's way."""
    parser.add_argument(
        "--launcher",
        choices=["none", "pytorch", "slurm", "mpi"],
        default="none",
        help="job launcher",
    )
    parser.add_argument("--local_rank", "--local-rank", type=int, default=0)


def prepare_launch(cfg: Config, args: argparse.Namespace) -> None:
    """Sets the launcher, and what several processes without a GPU need.

    Raises:
        SystemExit: If Slurm or MPI shall launch without a GPU.
    """
    cfg.launcher = args.launcher
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    if args.launcher != "none" and not torch.cuda.is_available():
        if args.launcher != "pytorch":
            raise SystemExit(
                f"--launcher {args.launcher} needs a GPU, and there is none: "
                "tools/dist_train.sh and tools/dist_test.sh also run on CPUs"
            )
        # MMEngine's own start would ask CUDA for a device.
        torch.distributed.init_process_group("gloo")
        # MMEngine's runner hands DistributedDataParallel a device id, which it refuses on a CPU.
        wrapper = {"type": "MMDistributedDataParallel", "device_ids": None}
        cfg.model_wrapper_cfg = {**wrapper, **(cfg.get("model_wrapper_cfg") or {})}
