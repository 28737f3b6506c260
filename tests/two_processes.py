"""Two processes of one distributed group, for tests of distributed training."""

import gc
import signal
from collections.abc import Callable

import torch.multiprocessing as mp
from torch import distributed


def run_in_two_processes(function: Callable, folder, *args) -> None:
    """Runs ``function(rank, folder, *args)`` in two processes with Gloo; errors are raised here.

    Gloo now and then aborts a process of a busy machine while the group forms or ends, so an abort
    (never a Python error) is tried a second time.
    """
    for attempt in range(2):
        store = folder / f"store{attempt}"
        try:
            mp.spawn(_join, (store, function, folder, *args), nprocs=2)
            return
        except mp.ProcessExitedException as error:
            if attempt or error.signal_name != signal.SIGABRT.name:
                raise


def _join(rank, store, function, *args):
    distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    function(rank, *args)
    gc.collect()  # Reducers of DistributedDataParallel end before their group.
    distributed.barrier()
    distributed.destroy_process_group()
