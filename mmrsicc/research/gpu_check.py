"""GPU check: losses, speed and memory of training on a device against the CPU.

On random images, words and weights, which cost what real ones do and need no data.
"""

from __future__ import annotations

import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from mmengine import Config
from mmengine.registry import init_default_scope

from mmrsicc.registry import MODELS
from mmrsicc.research.costs.costs import drain, never_end, peak_mib, set_vocabulary
from mmrsicc.structures import ChangeDataSample

#: Ways to train: in full precision, in mixed precision, and with encoder and head compiled.
WAYS = ("fp32", "bf16", "compiled")
#: Attributes of modules that are rates of dropout or stochastic depth.
_RATES = ("p", "dropout", "drop_prob", "probability", "weight_dropout", "detector_dropout")
_SENTENCES = 5
_WORDS = 10


@dataclass(frozen=True)
class Sizes:
    """Sizes of the check: how much is computed.

    Attributes:
        pairs: Pairs per batch.
        side: Height and width of the images.
        steps: Timed steps; one more warms up.
        vocabulary: Entries of the vocabulary.
    """

    pairs: int = 16
    side: int = 256
    steps: int = 5
    vocabulary: int = 436


#: Seconds on two CPU cores.
TINY = Sizes(pairs=2, side=64, steps=1, vocabulary=20)


def check_gpu(
    configs: Mapping[str, Config],
    device: str,
    sizes: Sizes,
    backend: str = "inductor",
) -> dict[str, Any]:
    """Losses, speed and memory of captioners on a device; prints how far it is.

    Args:
        configs: Config by name.
        device: Such as "cuda".
        sizes: How much is computed.
        backend: Of ``torch.compile``.

    Returns:
        ``machine``, ``sizes`` and, by method, ``cpu_losses`` and a dictionary for each of
        :data:`WAYS` and for ``captioning``. A way that fails has ``error`` alone.
    """
    torch.set_float32_matmul_precision("high" if device.startswith("cuda") else "highest")
    return {
        "machine": _machine(device),
        "sizes": vars(sizes),
        "backend": backend,
        "methods": {
            name: _check(name, cfg, device, sizes, backend) for name, cfg in configs.items()
        },
    }


def _check(name: str, cfg: Config, device: str, sizes: Sizes, backend: str) -> dict[str, Any]:
    print(f"{name}: losses on the CPU")
    found: dict[str, Any] = {"cpu_losses": _cpu_losses(cfg, sizes)}
    for way in WAYS:
        print(f"{name}: training, {way}")
        found[way] = _train(cfg, device, sizes, way, backend)
    print(f"{name}: captioning")
    try:
        found["captioning"] = _caption(cfg, device, sizes)
    except Exception as error:
        found["captioning"] = _failure(error)
    return found


def build(cfg: Config, device: str, sizes: Sizes) -> Any:
    """The config's captioner with random weights, the same every time, ready to train.

    Its vocabulary is made up, and it has no dropout.
    """
    cfg = Config(cfg.to_dict())
    init_default_scope(cfg.default_scope)
    set_vocabulary(cfg, sizes.vocabulary)
    for loss in (cfg.model.get("losses") or {}).values():
        if "text_encoder" in loss:
            loss.text_encoder = {"type": "HashedNgramEncoder"}
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    samples = make_batch(model, sizes)["data_samples"]
    sentences = [sentence for sample in samples for sentence in sample.targets]
    with tempfile.TemporaryDirectory() as folder:
        for loss in model.losses.values():
            if hasattr(loss, "prepare_texts"):
                loss.cache_dir = folder
                loss.prepare_texts(list(dict.fromkeys(sentences)), {})
    leave_out_dropout(model)
    return model.to(device).train()


def make_batch(model: Any, sizes: Sizes) -> dict[str, Any]:
    """Random pairs with five random sentences each, the same every time."""
    drawn = random.Random(0)
    words = [f"word{i}" for i in range(sizes.vocabulary - 4)]
    samples = []
    for k in range(sizes.pairs):
        sample = ChangeDataSample(metainfo={"pair_id": str(k)})
        said = [" ".join(drawn.choices(words, k=_WORDS)) for _ in range(_SENTENCES)]
        sample.targets = sample.gt_captions = said
        sample.change_flag = k % 2
        samples.append(sample)
    generator = torch.Generator().manual_seed(0)
    if (head := model.encoder.mask_head) is not None:
        for sample in samples:
            shape = (sizes.side, sizes.side)
            sample.gt_mask = torch.randint(0, head.num_classes, shape, generator=generator)
    images = [
        torch.randint(
            0, 256, (sizes.pairs, bands, sizes.side, sizes.side), generator=generator
        ).byte()
        for bands in model.encoder.normalizer.bands
    ]
    return {"inputs": images, "data_samples": samples}


def compile_parts(model: Any, backend: str = "inductor") -> None:
    """Compiles encoder and caption head in place; losses and decoding stay as they are.

    In training a head is called by its ``predict``, which may lay out sentences in its own way.
    """
    head = model.speaker.head
    model.encoder.compile(backend=backend)
    head.predict = torch.compile(head.predict, backend=backend)


def count_graphs() -> dict[str, int]:
    """Graphs that were compiled since the counters were cleared, and breaks between them."""
    from torch._dynamo.utils import counters

    breaks = sum(counters["graph_break"].values())
    return {"graphs": counters["stats"]["unique_graphs"], "graph_breaks": breaks}


def _step(model: Any, batch: dict[str, Any], optimizer: Any, dtype: torch.dtype | None) -> float:
    """One training step; the sum of its losses."""
    data = model.data_preprocessor(batch, training=True)
    device = next(model.parameters()).device.type
    with torch.autocast(device, dtype) if dtype else nullcontext():
        terms = model(**data, mode="loss")
    loss = sum(term for name, term in terms.items() if "loss" in name)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def _compared_losses(model: Any, batch: dict[str, Any], dtype: torch.dtype | None = None) -> Any:
    """Losses of three training steps."""
    optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=1e-3)
    return [_step(model, batch, optimizer, dtype) for _ in range(3)]


def _cpu_losses(cfg: Config, sizes: Sizes) -> list[float]:
    model = build(cfg, "cpu", sizes)
    return _compared_losses(model, make_batch(model, sizes))


def leave_out_dropout(model: Any) -> None:
    """Sets all rates of dropout and stochastic depth to 0: each device would draw otherwise."""
    for module in model.modules():
        for name in _RATES:
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)


def _train(cfg: Config, device: str, sizes: Sizes, way: str, backend: str) -> dict[str, Any]:
    dtype = torch.bfloat16 if way == "bf16" else None
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    try:
        model = build(cfg, device, sizes)
        if way == "compiled":
            compile_parts(model, backend)
        batch = make_batch(model, sizes)
        losses = _compared_losses(model, batch, dtype)
        if device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats(device)
        trained = [p for p in model.parameters() if p.requires_grad]
        fused = device.startswith("cuda")
        optimizer = torch.optim.AdamW(trained, lr=1e-5, fused=fused)
        seconds = _median_seconds(
            lambda: _step(model, batch, optimizer, dtype), sizes.steps, device
        )
    except Exception as error:
        return _failure(error)
    found = {
        "losses": losses,
        "sentences_per_second": sizes.pairs * _SENTENCES / seconds,
        "peak_mib": peak_mib(device),
    }
    return {**found, **count_graphs()} if way == "compiled" else found


def _failure(error: Exception) -> dict[str, Any]:
    """What is recorded of a failure, which must not hide the results of the rest."""
    return {"error": f"{type(error).__name__}: {error}".partition("\n")[0]}


@torch.no_grad()
def _caption(cfg: Config, device: str, sizes: Sizes) -> dict[str, Any]:
    """Pairs captioned per second at full length of sentence, together and one after the other."""
    model = build(cfg, device, sizes).eval()
    never_end(model)
    images = make_batch(model, sizes)["inputs"]

    def one_by_one() -> None:
        for k in range(sizes.pairs):
            model.test_step({"inputs": [date[k : k + 1] for date in images], "data_samples": None})

    def batched() -> None:
        model.test_step({"inputs": images, "data_samples": None})

    return {
        way.__name__: sizes.pairs / _median_seconds(way, sizes.steps, device)
        for way in (batched, one_by_one)
    }


def _median_seconds(run: Callable[[], Any], rounds: int, device: str) -> float:
    """Median seconds of a run, after one that warms up."""
    seconds = []
    for _ in range(rounds + 1):
        drain(device)
        start = time.perf_counter()
        run()
        drain(device)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def _machine(device: str) -> dict[str, Any]:
    gpu = device.startswith("cuda")
    return {
        "device": torch.cuda.get_device_name(device) if gpu else platform.processor() or "CPU",
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def check_table(found: Mapping[str, Any]) -> str:
    """Table in Markdown of what :func:`check_gpu` returns."""
    lines = [
        f"{found['machine']['device']}, torch {found['machine']['torch']}, "
        f"{found['sizes']['pairs']} pairs of {found['sizes']['side']} pixels, "
        f"torch.compile with {found['backend']}",
        "",
        "| method | way | largest difference from the CPU's losses | sentences/s | peak MiB |"
        " graph breaks |",
        "|---|---|---|---|---|---|",
    ]
    for name, method in found["methods"].items():
        for way in WAYS:
            lines.append(f"| {name} | {way} | {_cells(method[way], method['cpu_losses'])} |")
    lines += ["", "| method | pairs/s captioned, batched | one by one |", "|---|---|---|"]
    for name, method in found["methods"].items():
        speed = method["captioning"]
        cells = f"failed: {speed['error']} |" if "error" in speed else _speeds(speed)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines) + "\n"


def _speeds(speed: Mapping[str, float]) -> str:
    return f"{speed['batched']:.1f} | {speed['one_by_one']:.1f}"


def _cells(way: Mapping[str, Any], expected: list[float]) -> str:
    if "error" in way:
        return f"failed: {way['error']} | | |"
    worst = max(abs(a - b) / abs(b) for a, b in zip(way["losses"], expected, strict=True))
    cells = (f"{worst:.2%}", f"{way['sentences_per_second']:.1f}", f"{way['peak_mib']:.0f}")
    return " | ".join([*cells, str(way.get("graph_breaks", ""))])
