"""Processes on every system: how they start, their peak memory, the load of the machine."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from math import nan
from multiprocessing.context import BaseContext
from pathlib import Path
from threading import Thread


def clean_context(preload: Sequence[str] = ()) -> BaseContext:
    """Context whose processes inherit no threads: a fork server, or on Windows a fresh start.

    Args:
        preload: Modules that a fork server imports once for all its processes.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


def stop_with_parent() -> None:
    """Ends this process as soon as the one that started it has ended, even if that was killed.

    A training would otherwise go on unseen. A process that nobody started is left alone.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=watch, daemon=True).start()


def share_threads(processes: int) -> None:
    """Gives PyTorch in this process its share of the cores, one of so many processes on them.

    With more threads than cores, threads wait for others that do not run. ``OMP_NUM_THREADS``
    counts instead where it is set.
    """
    import torch  # Not for what renders pairs.

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, torch.get_num_threads() // processes))


def peak_memory_mib() -> float:
    """Most memory that this process held so far, in MiB; nan where the system does not tell."""
    try:
        import resource  # Windows has no such module.
    except ModuleNotFoundError:
        return nan
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # macOS counts bytes.


def resident_bytes(peak: bool = False) -> float:
    """Bytes that this process holds, or held at the peak; nan where the system is not Linux."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return nan
    name = "VmHWM" if peak else "VmRSS"
    return next(float(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def forget_peak() -> None:
    """Lets the peak of :func:`resident_bytes` begin again, on Linux."""
    reset = Path("/proc/self/clear_refs")
    if reset.is_file():
        reset.write_text("5")


def system_load() -> float:
    """Processes that ran or waited in the last minute, on average; nan where it is not told."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else nan
