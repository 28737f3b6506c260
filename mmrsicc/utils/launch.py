"""Shared steps of the commands that start MMEngine's runner."""

import argparse
import os
from pathlib import Path

import torch
from mmengine import Config

import mmrsicc.utils.safe_loading  # noqa: F401  # Of every checkpoint that the runner loads.


def prepare_run(cfg: Config, args: argparse.Namespace) -> None:
    """Puts the arguments into the config, --cfg-options last, and starts the processes' group.

    Raises:
        ValueError: If Slurm or MPI shall launch without a GPU.
    """
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get("work_dir") is None:
        cfg.work_dir = str(Path("work_dirs") / Path(args.config).stem)
    cfg.launcher = args.launcher
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    if args.launcher != "none" and not torch.cuda.is_available():
        _prepare_cpu_processes(cfg, args.launcher)


def _prepare_cpu_processes(cfg: Config, launcher: str) -> None:
    if launcher != "pytorch":
        raise ValueError(
            f"--launcher {launcher} needs a GPU, and there is none: "
            "tools/dist_train.sh and tools/dist_test.sh also run on CPUs"
        )
    # MMEngine's own start would ask CUDA for a device.
    torch.distributed.init_process_group("gloo")
    # MMEngine's runner hands DistributedDataParallel a device id, which it refuses on a CPU.
    # The rest is what the runner itself would say.
    wrapper = {
        "type": "MMDistributedDataParallel",
        "device_ids": None,
        "broadcast_buffers": False,
        "find_unused_parameters": cfg.get("find_unused_parameters", False),
    }
    cfg.model_wrapper_cfg = {**wrapper, **(cfg.get("model_wrapper_cfg") or {})}
