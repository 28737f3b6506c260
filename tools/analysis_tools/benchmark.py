"""Measures a captioner's speed and memory: ``python tools/analysis_tools/benchmark.py CONFIG``.

Two measurements, each the median of several repeats, on random images and weights, which cost what
real ones do. Every sentence runs to the length limit, so that both ways do the same work.

1. Decoding: the batched, cached greedy search of the toolbox against what published scripts do,
   one pair at a time with the whole prefix run again for every word. Same head, same input; the
   sentences must agree.
2. End to end: uint8 images to sentences, with peak memory.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from mmengine import Config
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table

from mmrsicc.models.decoding import GreedySearch
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures

SPECIALS = ["<pad>", "<unk>", "<start>", "<end>"]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Benchmark decoding and captioning", epilog=__doc__.split("\n\n", 1)[1]
    )
    parser.add_argument("config", help="config of a ChangeCaptioner")
    parser.add_argument("--pairs", type=int, default=64, help="pairs per batch")
    parser.add_argument("--size", type=int, default=256, help="height and width of the images")
    parser.add_argument("--length", type=int, default=42, help="words per sentence")
    parser.add_argument("--vocabulary", type=int, default=436, help="entries of the vocabulary")
    parser.add_argument("--repeats", type=int, default=5, help="repeats; the median counts")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def build_captioner(args: argparse.Namespace) -> Any:
    """The config's model with random weights, whose sentences never end by themselves."""
    cfg = Config.fromfile(args.config)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    words = [*SPECIALS, *(f"word{i}" for i in range(args.vocabulary - len(SPECIALS)))]
    cfg.model.pop("tokenizer")
    cfg.model.tokenizer = {"type": "Vocabulary", "words": words}
    cfg.model.pop("decoding", None)
    cfg.model.decoding = {"type": "GreedySearch", "max_length": args.length}
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).to(args.device).eval()
    with torch.no_grad():
        model.head.classifier.bias[model.tokenizer.end_id] = -1e4
    return model


def decode_one_by_one(model: Any, difference: DifferenceFeatures, length: int) -> list[list[int]]:
    """The common way: a pair at a time, the whole prefix anew for every word."""
    sentences = []
    for row in range(len(difference.tokens)):
        one = DifferenceFeatures(difference.tokens[row : row + 1], difference.pooled[row : row + 1])
        ids = torch.full((1, 1), model.tokenizer.start_id, device=difference.tokens.device)
        for _ in range(length):
            word = model.head(one, ids)[:, -1].argmax(-1, keepdim=True)
            ids = torch.cat([ids, word], dim=1)
        sentences.append(ids[0, 1:].tolist())
    return sentences


def median_seconds(function: Callable[[], Any], repeats: int, device: str) -> float:
    """Median run time; the device's queue is drained before and after each run."""

    def drain() -> None:
        if device.startswith("cuda"):
            torch.cuda.synchronize()

    times = []
    for _ in range(repeats):
        drain()
        start = time.perf_counter()
        function()
        drain()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_memory_mib(device: str) -> float:
    """Peak memory of the GPU, or of the whole process on a CPU."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


@torch.no_grad()
def main() -> None:
    args = parse_args()
    model = build_captioner(args)
    inputs = torch.randint(0, 256, (args.pairs, 2, 3, args.size, args.size), dtype=torch.uint8)
    batch = {"inputs": list(inputs), "data_samples": None}
    model.test_step(batch)
    end_to_end = median_seconds(lambda: model.test_step(batch), args.repeats, args.device)
    memory = peak_memory_mib(args.device)

    difference = model.extract_difference(model.data_preprocessor(batch)["inputs"])
    search = GreedySearch(args.length)
    start, end = model.tokenizer.start_id, model.tokenizer.end_id
    batched = search(model.head, difference, start, end)
    serial = decode_one_by_one(model, difference, args.length)
    agreeing = sum(ours[0].ids == theirs for ours, theirs in zip(batched, serial, strict=True))
    fast = median_seconds(
        lambda: search(model.head, difference, start, end), args.repeats, args.device
    )
    slow = median_seconds(
        lambda: decode_one_by_one(model, difference, args.length), args.repeats, args.device
    )

    table = Table(
        title=f"{args.pairs} pairs, {args.length} words each, {args.device}, "
        f"{torch.get_num_threads()} threads, median of {args.repeats}"
    )
    for column in ("what", "seconds", "pairs/s"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, seconds in (
        ("decoding, one pair at a time, prefix run again", slow),
        ("decoding, batched and cached", fast),
        ("images to sentences", end_to_end),
    ):
        table.add_row(name, f"{seconds:.3f}", f"{args.pairs / seconds:.1f}")
    console = Console()
    console.print(table)
    console.print(f"batched and cached decoding: {slow / fast:.1f} times the pairs per second")
    console.print(f"same sentences both ways: {agreeing} of {args.pairs}")
    console.print(f"peak memory, images to sentences: {memory:.0f} MiB")


if __name__ == "__main__":
    main()
