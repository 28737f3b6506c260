"""Parts of a config that affect the trained model and its scores."""

import inspect
from typing import Any

from mmengine import Config
from mmengine.runner import Runner

#: Runner keys without effect on scores; hooks and checkpoint selection are checked one by one.
_INDIFFERENT = {
    *("work_dir", "default_hooks", "custom_hooks"),
    *("visualizer", "log_level", "launcher"),
}

#: Default hooks without effect on scores.
_STANDARD_HOOKS = {
    *("runtime_info", "timer", "logger", "param_scheduler", "checkpoint", "sampler_seed"),
    *("provenance", "plain_checkpoint", "sync_batch_norm", "random_state"),
    *("resumed_validation", "progress", "visualization"),
}


def decisive(cfg: Config) -> dict[str, Any]:
    """Part of a config that affects the trained model and its scores.

    Left out are where its files go and its logs, and variables that the runner does not know.
    """
    known = {*inspect.signature(Runner.__init__).parameters, "auto_scale_lr", "custom_imports"}
    kept = {k: value for k, value in cfg.to_dict().items() if k in known - _INDIFFERENT}
    return {**kept, "hooks": own_hooks(cfg), "selection": selection(cfg)}


def own_hooks(cfg: Config) -> list[dict[str, Any]]:
    """Hooks of a config besides the standard ones, wherever they are named."""
    plain = cfg.to_dict()
    # The order of keys is another in a config that was written and read again.
    defaults = sorted((plain.get("default_hooks") or {}).items())
    added = [hook for name, hook in defaults if hook and name not in _STANDARD_HOOKS]
    return [*(plain.get("custom_hooks") or []), *added]


def selection(cfg: Config) -> dict[str, Any]:
    """Score by which the best checkpoint is kept, if it is."""
    hook = (cfg.get("default_hooks") or {}).get("checkpoint") or {}
    return {key: hook.get(key) for key in ("save_best", "rule")}
