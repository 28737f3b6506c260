"""Measures captioners' speed and memory: ``python tools/analysis_tools/benchmark.py CONFIG ...``.

On random images and weights, which cost what real ones do; every sentence runs to the length
limit, so that all ways do the same work. Rounds go through all ways in turn; the median counts.
Each config is measured in a process of its own. ``--out`` keeps the figures.

1. Decoding, from the neck's output to words: the toolbox's greedy search, batched and cached,
   against loops over one pair at a time: with the padded sentence run again for every word, as most
   published scripts do; with the sentence so far run again; and with the head's own cached steps,
   as recurrent captioners do. The sentences must agree.
2. End to end: uint8 images to sentences, with peak memory.
3. With ``--training``, in place of both: whole training steps (forward, backward, optimizer) with
   one pass per pair for all its five sentences, against one pass per sentence, as published code
   runs it. Both see the same pairs and sentences with as many pairs in memory; the peak memory of
   each is measured in a process of its own.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from mmengine import Config
from rich.progress import track

from mmrsicc.apis.captioning import init_captioner
from mmrsicc.cli.arguments import whole_number
from mmrsicc.cli.errors import errors_in_words
from mmrsicc.evaluation.files.command_line import check_writable
from mmrsicc.models.decoding import GreedySearch
from mmrsicc.research.costs.costs import (
    NoEosHead,
    drain,
    in_child,
    never_end,
    peak_mib,
    set_vocabulary,
)
from mmrsicc.research.costs.decoding_loops import cached_loop, growing_loop, padded_loop
from mmrsicc.research.costs.tables import speed_table
from mmrsicc.research.costs.training_passes import (
    WAYS,
    measure_memory,
    measure_passes,
    passes_table,
)
from mmrsicc.utils import atomic_path
from mmrsicc.utils.processes import system_load


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Benchmark decoding and captioning",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    count = whole_number(at_least=1)
    parser.add_argument("configs", nargs="+", metavar="CONFIG", help="of a ChangeCaptioner")
    parser.add_argument(
        "--training", action="store_true", help="measure training steps instead of captioning"
    )
    parser.add_argument("--pairs", type=count, help="pairs per batch (default: 64; training: 4)")
    parser.add_argument("--size", type=count, default=256, help="height and width of the images")
    parser.add_argument("--length", type=count, default=42, help="words per sentence")
    entries = whole_number(at_least=5)
    parser.add_argument("--vocabulary", type=entries, default=436, help="entries of the vocabulary")
    parser.add_argument("--repeats", type=count, default=5, help="rounds; the median counts")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--out", type=Path, metavar="FILE", help="JSON file for the figures")
    args = parser.parse_args()
    args.pairs = args.pairs or (4 if args.training else 64)
    return args


def build_captioner(args: argparse.Namespace, path: str) -> Any:
    """The config's model with random weights and a made-up vocabulary."""
    cfg = Config.fromfile(path)
    set_vocabulary(cfg, args.vocabulary)
    torch.manual_seed(0)
    return init_captioner(
        cfg, None, args.device, {"type": "GreedySearch", "max_length": args.length}
    )


@torch.no_grad()
def measure(args: argparse.Namespace, path: str) -> dict[str, Any]:
    """Median seconds of each way, how many pairs get the same sentence, and peak memory in MiB."""
    bare = peak_mib(args.device)
    model = build_captioner(args, path)
    never_end(model)
    size = (args.pairs, 3, args.size, args.size)
    inputs = [torch.randint(0, 256, size, dtype=torch.uint8) for _ in range(2)]
    batch = {"inputs": inputs, "data_samples": None}
    model.test_step(batch)
    memory = peak_mib(args.device) - bare

    difference = model.encoder(*model.data_preprocessor(batch)["inputs"])
    head, words = NoEosHead(model.speaker.head, model.speaker.tokenizer), model.speaker.tokenizer
    search = GreedySearch(args.length)
    ways: dict[str, Callable[[], Any]] = {
        "padded": lambda: padded_loop(head, difference, words.start_id, words.pad_id, args.length),
        "growing": lambda: growing_loop(head, difference, words.start_id, args.length),
        "cached": lambda: cached_loop(head, difference, words.start_id, args.length),
        "batched": lambda: search(head, difference, words.start_id, words.end_id),
        "end_to_end": lambda: model.test_step(batch),
    }
    said = [[best[0].ids for best in ways["batched"]()]]
    said += [ways[name]() for name in ("padded", "growing", "cached")]
    same = sum(all(ids == first for ids in others) for first, *others in zip(*said, strict=True))
    rounds = [
        {name: seconds(way, args.device) for name, way in ways.items()} for _ in range(args.repeats)
    ]
    medians = {name: statistics.median(r[name] for r in rounds) for name in ways}
    return {**medians, "same": same, "memory": memory}


def measure_training(args: argparse.Namespace, path: str) -> dict[str, Any]:
    """Figures of :func:`measure_passes`, and by way the peak memory in MiB."""
    set_up = (Config.fromfile(path), args.pairs, args.size, args.vocabulary)
    figures = in_child(measure_passes, *set_up, args.repeats, args.device)
    memory = {way: in_child(measure_memory, *set_up, way, args.device) for way in WAYS}
    return {**figures, "memory": memory}


def seconds(way: Callable[[], Any], device: str) -> float:
    """Run time; the device's queue is drained before and after."""
    drain(device)
    start = time.perf_counter()
    way()
    drain(device)
    return time.perf_counter() - start


@errors_in_words()
def main() -> None:
    args = parse_args()
    check_writable(args.out)
    speed: dict[str, Any] = {
        **{key: getattr(args, key) for key in ("pairs", "size", "length", "repeats", "device")},
        "training": args.training,
        "threads": torch.get_num_threads(),
        "load_before": system_load(),
        "configs": {},
    }
    for path in track(args.configs, "Configs"):
        found = measure_training(args, path) if args.training else in_child(measure, args, path)
        speed["configs"][Path(path).stem] = found
    if args.out is not None:
        with atomic_path(args.out) as temporary:
            temporary.write_text(json.dumps(speed, indent=2) + "\n", encoding="utf-8")
    print(passes_table(speed) if args.training else speed_table(speed))


if __name__ == "__main__":
    main()
