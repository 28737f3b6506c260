"""Processes of their own, for what is trained or measured."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import ForkContext, SpawnContext
from typing import Any

import torch
from mmengine import Config
from mmengine.registry import init_default_scope
from mmengine.utils import import_modules_from_strings


def start_context() -> ForkContext | SpawnContext:
    """Start of processes: forked, which saves the imports, or anew where there is a GPU.

    A process that has asked for GPUs, as mmengine does when it is imported, has no use of them once
    it is forked.
    """
    if torch.cuda.is_available():
        return multiprocessing.get_context("spawn")
    return multiprocessing.get_context("fork")


def in_child(function: Callable, *arguments: Any) -> Any:
    """Result of a function that runs in a process of its own.

    This process must not have computed with several threads: what is forked from it would hang.
    """
    with ProcessPoolExecutor(
        1,
        mp_context=start_context(),
        initializer=init_default_scope,
        initargs=("mmrsicc",),
    ) as pool:
        return pool.submit(function, *arguments).result()


def import_parts(cfg: Config) -> None:
    """Imports a config's ``custom_imports``, as reading its file does; a new process has not."""
    if imports := cfg.get("custom_imports"):
        import_modules_from_strings(**imports)
