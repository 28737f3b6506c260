"""Shared steps of the commands that start MMEngine's runner."""

import argparse
import os
from collections.abc import Sequence
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


def check_data(cfg: Config, config: str | Path, loaders: Sequence[str]) -> None:
    """Refuses a data loader without a data set.

    Args:
        cfg: The config.
        config: Its file, for errors.
        loaders: Names of the data loaders that are used; those that the config has not are passed.

    Raises:
        ValueError: If a data set is none, or has no type.
    """
    for name in loaders:
        loader = cfg.get(name)
        if loader is None:
            continue
        dataset = loader.get("dataset") if isinstance(loader, dict) else None
        if not isinstance(dataset, dict) or dataset.get("type") is None:
            raise ValueError(
                f"{config}: {name} has no dataset with a type: give {name}.dataset.type, such as "
                "'LEVIRCCDataset', or start from a config of configs/_base_/datasets"
            )


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
