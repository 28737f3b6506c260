"""Shared steps of the commands that start MMEngine's runner."""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine import Config

import mmrsicc.utils.safe_loading  # noqa: F401  # Of every checkpoint that the runner loads.
from mmrsicc.utils.extras import import_extra


def prepare_run(cfg: Config, args: argparse.Namespace) -> None:
    """Puts the arguments into the config, --cfg-options last, and starts the processes' group.

    Raises:
        ModuleNotFoundError: If the config logs to TensorBoard, which is not installed.
        ValueError: If Slurm or MPI is to launch without a GPU.
    """
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get("work_dir") is None:
        cfg.work_dir = str(Path("work_dirs") / Path(args.config).stem)
    cfg.launcher = args.launcher
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    _check_log_writers(cfg)
    set_device_options(cfg)
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    if args.launcher != "none" and not torch.cuda.is_available():
        _prepare_cpu_processes(cfg, args.launcher)


def _check_log_writers(cfg: Config) -> None:
    """Asks for TensorBoard before the work, where MMEngine would name no extra."""
    writers = (cfg.get("visualizer") or {}).get("vis_backends") or ()
    if any(writer.get("type") == "TensorboardVisBackend" for writer in writers):
        import_extra("tensorboard")


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


#: Steps of a pipeline after which all images have one size.
_SIZES = ("ResizePair", "RandomCropPair")
#: Optimisers of which PyTorch has a version in one kernel.
_FUSED = ("Adam", "AdamW", "SGD")


def set_device_options(cfg: Config) -> None:
    """Sets what makes runs fast on a GPU, or repeatable, where the config says nothing else.

    On a GPU: TF32 in float32 products, batches stacked in the workers and copied from pinned
    memory, a fused optimiser, and cuDNN's choice of the fastest kernels where all images have one
    size. With ``randomness.deterministic``: the work space that cuBLAS needs for it, and no such
    choice.
    """
    deterministic = cfg.get("randomness", {}).get("deterministic", False)
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    if not torch.cuda.is_available():
        return
    torch.set_float32_matmul_precision("high")
    names = ("train_dataloader", "val_dataloader", "test_dataloader")
    loaders = [loader for name in names if (loader := cfg.get(name)) is not None]
    for loader in loaders:
        loader.setdefault("pin_memory", True)
        loader.setdefault("collate_fn", {"type": "stack_pairs"})
    env = cfg.setdefault("env_cfg", {})
    env.setdefault("cudnn_benchmark", not deterministic and all(map(_has_one_size, loaders)))
    optimizer = (cfg.get("optim_wrapper") or {}).get("optimizer", {})
    if optimizer.get("type") in _FUSED:
        optimizer.setdefault("fused", True)


def _has_one_size(loader: Mapping[str, Any]) -> bool:
    """Whether a data loader's pipeline gives all images one size."""
    steps = loader.get("dataset", {}).get("pipeline", ())
    kept = [inner for step in steps for inner in step.get("transforms", ())]  # As KeptPair's.
    return any(step.get("type") in _SIZES for step in (*steps, *kept))


def set_mixed_precision(cfg: Config, dtype: str | None = None) -> None:
    """Turns on mixed precision.

    Args:
        cfg: Of a training.
        dtype: "fp16", with a loss scale that follows the gradients; "bf16", which needs none, and
            which CPUs have too; None for bf16 where the GPU has it, else fp16.

    Raises:
        ValueError: If there is no GPU, unless bf16 is asked for.
    """
    if dtype == "bf16" and not torch.cuda.is_available():
        cfg.optim_wrapper.type = "BFloat16OptimWrapper"
        return
    if not torch.cuda.is_available():
        raise ValueError("--amp needs a GPU, and there is none: leave it out, or say --amp bf16")
    if dtype is None:
        dtype = "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    cfg.optim_wrapper.type = "AmpOptimWrapper"
    cfg.optim_wrapper.dtype = {"fp16": "float16", "bf16": "bfloat16"}[dtype]
    cfg.optim_wrapper.setdefault("loss_scale", "dynamic" if dtype == "fp16" else 1.0)


def _prepare_cpu_processes(cfg: Config, launcher: str) -> None:
    if launcher != "pytorch":
        raise ValueError(
            f"--launcher {launcher} needs a GPU, and there is none: "
            "tools/dist_train.sh and tools/dist_test.sh also run on CPUs"
        )
    # MMEngine's own initialisation would query CUDA.
    torch.distributed.init_process_group("gloo")
    # MMEngine's runner hands DistributedDataParallel a device id, which it refuses on a CPU.
    # The other arguments are those of the runner.
    wrapper = {
        "type": "MMDistributedDataParallel",
        "device_ids": None,
        "broadcast_buffers": False,
        "find_unused_parameters": cfg.get("find_unused_parameters", False),
    }
    cfg.model_wrapper_cfg = {**wrapper, **(cfg.get("model_wrapper_cfg") or {})}
