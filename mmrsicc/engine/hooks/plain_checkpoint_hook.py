"""Checkpoints that can be read without running code in them."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.hooks import CheckpointHook, Hook
from mmengine.logging import HistoryBuffer
from mmengine.runner import Runner

from mmrsicc.registry import HOOKS

#: Marks a dict that stands for one of MMEngine's log buffers.
_BUFFER = "history_buffer"


@HOOKS.register_module()
class PlainCheckpointHook(Hook):
    """Saves tensors and plain Python types only, so that ``weights_only=True`` reads them.

    MMEngine's checkpoints hold ``HistoryBuffer`` objects, which drag NumPy's internals and
    ``getattr`` along, and NumPy scalars. They are saved as what they hold, and rebuilt on
    resuming. Functions, as ``OneCycleLR`` keeps one, are left out: whoever resumes has them.

    Each best checkpoint is saved with the state that a run can go on from, also before the first
    checkpoint of the run's interval: else a stopped run would find a best one of its own that it
    does not know, and leave it beside the next.

    The best checkpoint of a resumed run is looked for in its own work dir: MMEngine removes it once
    there is a better one, and the path that it kept is the original's where the folder was copied.
    """

    priority = "VERY_LOW"

    def before_train(self, runner: Runner) -> None:
        """Makes MMEngine save with a best one, which it does once there was another."""
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook) and hook.last_ckpt is None:
                hook.last_ckpt = ""

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Replaces all but the weights by plain values."""
        for key in checkpoint.keys() - {"state_dict"}:
            checkpoint[key] = _to_plain(checkpoint[key])

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Rebuilds the log buffers, and keeps the runner to its own folder."""
        hub = checkpoint.get("message_hub", {})
        if info := hub.get("runtime_info"):
            _stay_in_folder(info, runner)
        scalars = hub.get("log_scalars", {})
        for name, kept in scalars.items():
            if isinstance(kept, dict) and _BUFFER in kept:
                values, counts, max_length = kept[_BUFFER]
                scalars[name] = HistoryBuffer(values.tolist(), counts.tolist(), max_length)


def _stay_in_folder(info: dict[str, Any], runner: Runner) -> None:
    """Makes a checkpoint name checkpoints of this run's folder alone.

    MMEngine's checkpoint hook removes those that better or newer ones replace, wherever they are:
    a file would say which folder of the disk goes.
    """
    folders = [h.out_dir for h in runner.hooks if isinstance(h, CheckpointHook) and h.out_dir]
    folder = Path(runner.work_dir)
    if folders and folders[0] != runner.work_dir:
        # The hook will add the work dir's name before the first epoch.
        folder = Path(folders[0], folder.name)
    for key in [key for key, path in info.items() if key.startswith("best_ckpt") and path]:
        name = Path(str(info[key])).name
        # Another name, such as "..", would be the folder itself or one above it.
        if name.startswith("best_"):
            info[key] = str(folder / name)
        else:
            del info[key]
    kept = info.get("keep_ckpt_ids", [])
    if not isinstance(kept, list | tuple) or not all(isinstance(number, int) for number in kept):
        del info["keep_ckpt_ids"]


def _to_plain(value: Any) -> Any:
    if isinstance(value, HistoryBuffer):
        values, counts = (torch.as_tensor(array) for array in value.data)
        return {_BUFFER: [values, counts, value.max_length]}
    if isinstance(value, dict):
        return {
            _to_plain(key): _to_plain(item) for key, item in value.items() if not callable(item)
        }
    if isinstance(value, (list, tuple)):
        return type(value)(_to_plain(item) for item in value)
    if isinstance(value, np.generic):
        return value.item()
    return torch.as_tensor(value) if isinstance(value, np.ndarray) else value
