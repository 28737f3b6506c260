"""Random states that a resumed run goes on with."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner, set_random_seed

from mmrsicc.registry import HOOKS

_KEY = "random_states"
#: Between the seeds of two iterations: more than there are workers and processes.
_STEP = 10_007


@HOOKS.register_module()
class RandomStateHook(Hook):
    """Keeps a resumed run from making the random draws of its beginning once more.

    MMEngine seeds a resumed run as a new one, so its next epoch would get the turns, dropped units
    and drawn sentences of the first. Checkpoints hold the states of Python's, NumPy's and torch's
    generators in the main process, so an epoch loop whose process loads its data itself goes on as
    if it had not stopped. Other processes, and workers that outlive an epoch, get seeds that depend
    on how far the run is.

    Raises:
        ValueError: On resuming, if the states in the checkpoint are damaged.
    """

    priority = "VERY_LOW"  # Before the validation of ResumedValidationHook.

    def __init__(self) -> None:
        self._kept: Any = None

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Adds the states."""
        checkpoint[_KEY] = _states()

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Keeps the states until the training begins."""
        self._kept = checkpoint.get(_KEY)

    def before_train(self, runner: Runner) -> None:
        """Restores the states of a run that goes on, or seeds it by its iteration."""
        if not runner.iter:
            return
        seed = (runner.seed + _STEP * runner.iter) % 2**31
        if self._kept is not None and get_rank() == 0:
            _restore(self._kept)
        else:  # The checkpoint is an older one, or that of another process.
            set_random_seed(seed + get_rank())
        loader = runner.train_dataloader
        by_epoch = isinstance(runner.train_loop, EpochBasedTrainLoop)
        start = loader.worker_init_fn
        # Workers that end with an epoch have the same seeds in each. A start of one's own stays.
        if (loader.persistent_workers or not by_epoch) and "seed" in getattr(start, "keywords", ()):
            loader.worker_init_fn = partial(start, seed=seed)


def _states() -> dict[str, Any]:
    """States of all generators of this process, as tensors and plain values."""
    # The generator that transforms draw from, MMCV's too.
    found: Any = np.random.get_state(legacy=False)  # noqa: NPY002
    keys = torch.from_numpy(found["state"]["key"].astype(np.int64))
    states = {
        "python": list(random.getstate()[1]),
        "numpy": {**found, "state": {**found["state"], "key": keys}},
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _restore(states: Any) -> None:
    try:
        random.setstate((3, tuple(states["python"]), None))
        state = states["numpy"]["state"]
        keys = state["key"].cpu().numpy().astype(np.uint32)
        np.random.set_state({**states["numpy"], "state": {**state, "key": keys}})  # noqa: NPY002
        torch.set_rng_state(states["torch"].cpu())
        if "cuda" in states and torch.cuda.is_available():
            torch.cuda.set_rng_state(states["cuda"].cpu())
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"the random states in the checkpoint are damaged ({error}): resume from another"
        ) from error
