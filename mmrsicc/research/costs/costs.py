"""Costs of methods: parameters, FLOPs, time and memory, measured side by side.

Each measurement runs in a process of its own, one after the other, so that none shares time or
memory with another. Rounds go through all methods in turn, so that a machine whose speed drifts
slows all alike; medians over the rounds count.
"""

import copy
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from mmengine import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import Tensor

from mmrsicc.apis.captioning import init_captioner
from mmrsicc.models.parameters import count_parameters
from mmrsicc.research.costs.flops import count_flops
from mmrsicc.structures import DifferenceFeatures
from mmrsicc.utils import atomic_path
from mmrsicc.utils.config_file import import_parts
from mmrsicc.utils.decisive_config import decisive
from mmrsicc.utils.launch import set_device_options
from mmrsicc.utils.processes import clean_context, peak_memory_mib, system_load
from mmrsicc.utils.text_files import read_json

#: Steps of a measurement; the first warms up.
_STEPS = 4

#: Hooks that count epochs, of which the timed steps are none.
_BY_EPOCH = ("FlagScheduleHook", "TrainingPhasesHook")
_HOOKS = ("runtime_info", "timer", "sampler_seed", "logger", "param_scheduler", "checkpoint")


class NoEosHead:
    """A caption head that never ends a sentence, so that all reach the length limit.

    Args:
        head: Any caption head.
        tokenizer: Its padding, start and end are never said.
    """

    def __init__(self, head: Any, tokenizer: Any) -> None:
        self.head = head
        self.start = head.start
        self.silent = [tokenizer.pad_id, tokenizer.start_id, tokenizer.end_id]

    def __call__(self, features: DifferenceFeatures, ids: Tensor) -> Tensor:
        """(B, M, L, V) logits, given (B, M, L) ids."""
        return self._silenced(self.head(features, ids))

    def step(self, ids: Tensor, state: Any) -> tuple[Tensor, Any]:
        """(B, V) logits and the next state, given the last ids (B,)."""
        logits, state = self.head.step(ids, state)
        return self._silenced(logits), state

    def _silenced(self, logits: Tensor) -> Tensor:
        logits = logits.clone()
        logits[..., self.silent] = -torch.inf
        return logits


def set_vocabulary(cfg: Config, entries: int) -> None:
    """Gives a config's model a made-up vocabulary of so many entries, which needs no data."""
    if "model" not in cfg:
        raise ValueError("the config has no model: give a captioner's config")
    specials = ["<pad>", "<unk>", "<start>", "<end>"]
    words = [*specials, *(f"word{i}" for i in range(entries - len(specials)))]
    cfg.model.speaker.pop("tokenizer", None)
    # It needs the words of a no-change sentence, and costs nothing beside the network.
    cfg.model.speaker.pop("decision", None)
    cfg.model.speaker.tokenizer = {"type": "Vocabulary", "words": words}


def never_end(model: Any) -> None:
    """Makes all sentences of a captioner as long as its decoding allows."""
    speaker = model.speaker
    speaker.set_decision(None)
    search = speaker.decoding

    def decode(head: Any, *arguments: Any) -> Any:
        return search(NoEosHead(head, speaker.tokenizer), *arguments)

    speaker.decoding = decode


def measure_costs(methods: Mapping[str, Config], rounds: int) -> dict[str, Any]:
    """Costs of methods, for :func:`write_costs`; prints how far it is.

    Training is a step (forward, backward, optimizer) on a batch of the config's training data that
    is loaded already. Captioning goes from a loaded batch of the test data to sentences, all of
    them as long as the decoding allows.

    Args:
        methods: Config by name.
        rounds: Through all methods.

    Returns:
        ``machine``; and by method ``config`` (a mark of it), ``parameters``, ``flops``, ``train``
        and ``caption``.
    """
    machine = in_child(_machine)
    costs: dict[str, Any] = {}
    for name, cfg in methods.items():
        print(f"counting {name}")
        costs[name] = {"config": config_mark(cfg), **in_child(_count, cfg), "train": []}
        costs[name]["caption"] = []
    for number in range(1, rounds + 1):
        for name, cfg in methods.items():
            print(f"round {number} of {rounds}: {name}")
            costs[name]["train"].append(in_child(_train, cfg))
            costs[name]["caption"].append(in_child(_caption, cfg))
    for cost in costs.values():
        for part in ("train", "caption"):
            cost[part] = _median(cost[part])
    return {"machine": machine, "rounds": rounds, "methods": costs}


def in_child(function: Callable, *arguments: Any) -> Any:
    """Result of a function that runs in a process of its own.

    Its imports are its own: what is forked from a process that computed with several threads hangs,
    and what such a process starts directly begins with its peak memory.
    """
    with ProcessPoolExecutor(
        1,
        mp_context=clean_context(),
        initializer=init_default_scope,
        initargs=("mmrsicc",),
    ) as pool:
        return pool.submit(function, *arguments).result()


def config_mark(cfg: Config) -> str:
    """A mark that two configs share only if they cost the same."""
    text = json.dumps(decisive(cfg), sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()


def _count(cfg: Config) -> dict[str, Any]:
    """Parameters and FLOPs by part, at the size and length of the test."""
    import_parts(cfg)
    model = init_captioner(cfg, None)
    height, width = _batch(cfg, "test")["inputs"][0][0].shape[-2:]
    return {
        "parameters": count_parameters(model),
        "flops": count_flops(model, height, width, model.speaker.decoding.max_length),
        "height": height,
        "width": width,
        "length": model.speaker.decoding.max_length,
        "decoding": type(model.speaker.decoding).__name__,
    }


def _train(cfg: Config) -> dict[str, Any]:
    """Seconds of training steps and peak memory."""
    import_parts(cfg)
    device = get_device()
    start = peak_mib(device)
    cfg = copy.deepcopy(cfg)
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        cfg.work_dir, cfg.log_level, cfg.visualizer = folder, "ERROR", None
        cfg.default_hooks = dict.fromkeys(_HOOKS)
        cfg.train_cfg = {"type": "IterBasedTrainLoop", "max_iters": _STEPS}
        hooks = cfg.get("custom_hooks") or []
        cfg.custom_hooks = [hook for hook in hooks if hook["type"] not in _BY_EPOCH]
        cfg.param_scheduler, cfg.load_from, cfg.resume = None, None, False
        for part in ("val", "test"):
            for kind in ("dataloader", "evaluator", "cfg"):
                cfg[f"{part}_{kind}"] = None
        _load_here(cfg.train_dataloader)
        set_device_options(cfg)
        runner = Runner.from_cfg(cfg)
        runner.model.train_step = _timed(runner.model.train_step, device, seconds)
        runner.train()
    return _figures(seconds[1:], cfg.train_dataloader.batch_size, peak_mib(device) - start)


def _caption(cfg: Config) -> dict[str, Any]:
    """Seconds of captioning a batch and peak memory."""
    import_parts(cfg)
    device = get_device()
    start = peak_mib(device)
    batch = _batch(cfg, "test")
    model = init_captioner(cfg, None, device)
    never_end(model)
    seconds: list[float] = []
    test_step = _timed(model.test_step, device, seconds)
    with torch.no_grad():
        for _ in range(_STEPS):
            test_step(batch)
    return _figures(seconds[1:], len(batch["inputs"][0]), peak_mib(device) - start)


def _batch(cfg: Config, part: str) -> dict[str, Any]:
    """The first batch of a config's data."""
    loader = copy.deepcopy(cfg[f"{part}_dataloader"])
    _load_here(loader)
    return next(iter(Runner.build_dataloader(loader, seed=0)))


def _load_here(loader: Any) -> None:
    """Has a data loader load in this process, where it takes no time from the model."""
    loader.update(num_workers=0, persistent_workers=False)
    loader.pop("prefetch_factor", None)


def _timed(function: Callable, device: str, seconds: list[float]) -> Callable:
    """The function, which adds how long it took; the device's queue is drained before and after."""

    def timed(*arguments: Any, **options: Any) -> Any:
        drain(device)
        start = time.perf_counter()
        result = function(*arguments, **options)
        drain(device)
        seconds.append(time.perf_counter() - start)
        return result

    return timed


def _figures(seconds: list[float], pairs: int, mib: float) -> dict[str, Any]:
    return {"pairs_per_second": pairs / statistics.median(seconds), "peak_mib": mib}


def _median(rounds: list[dict[str, float]]) -> dict[str, Any]:
    """Median of each figure, and the figures of all rounds."""
    medians = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    return {**medians, "rounds": rounds}


def drain(device: str) -> None:
    """Waits until a GPU has finished its queue; a CPU has none."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def peak_mib(device: str) -> float:
    """Peak memory in MiB so far: of the GPU, or of the whole process on a CPU."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device) / 2**20
    return peak_memory_mib()


def _machine() -> dict[str, Any]:
    cuda = torch.cuda.is_available()
    return {
        "device": torch.cuda.get_device_name() if cuda else get_device(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load_before": system_load(),
        "torch": torch.__version__,
    }


def write_costs(costs: Mapping[str, Any], path: Path) -> None:
    """Writes what :func:`measure_costs` returns."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(costs, indent=2) + "\n", encoding="utf-8")


def read_costs(path: Path, methods: Mapping[str, Config]) -> dict[str, Any] | None:
    """Costs of a comparison's methods; None if they were not measured.

    Raises:
        ValueError: If a method is not among them, or its config is another by now.
    """
    if not path.is_file():
        return None
    costs = read_json(path)
    measured = costs.get("methods") if isinstance(costs, dict) else None
    if not isinstance(measured, dict) or not all(isinstance(m, dict) for m in measured.values()):
        raise ValueError(f"{path} is not what --costs writes: measure again with --costs")
    for name, cfg in methods.items():
        if measured.get(name, {}).get("config") != config_mark(cfg):
            raise ValueError(
                f"{path} has no costs of {name} as its config is now: measure again with --costs"
            )
    return {**costs, "methods": {name: measured[name] for name in methods}}
