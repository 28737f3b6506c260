"""Measures what each option of JFM costs: ``python tools/analysis_tools/benchmark_jfm.py``.

Parameters of the neck, and the time of one forward and backward pass on random maps against that
of the default, at the sizes of configs/dfm/dfm_synthcc-tiny.py unless others are given. Each round
runs all options in turn, so that a busy machine slows all alike; the median over rounds counts. Out
comes a Markdown table.
"""

import argparse
import statistics
import time
from typing import Any

import torch
from rich.console import Console
from rich.progress import track
from torch import Tensor

from mmrsicc.models.necks import JFM
from mmrsicc.structures import ChangeFeatures

#: What differs from the default, by the part that it replaces.
OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    **{
        f"difference: SimpleDifference, {operation}": {
            "difference": {"type": "SimpleDifference", "operation": operation}
        }
        for operation in ("sub", "abs", "sum", "concat")
    },
    **{
        f"{part}: {kind}": {part: {"type": kind}}
        for part, kind in (
            ("difference", "ConcatCosDifference"),
            ("difference", "MCIDifference"),
            ("difference", "GatedDifference"),
            ("difference", "CrossAttentionDifference"),
            ("fusion", "GatedMeanFusion"),
            ("fusion", "TopDownFusion"),
        )
    },
}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Benchmark the options of JFM", epilog=__doc__.split("\n\n", 1)[1]
    )
    parser.add_argument(
        "--in-channels",
        type=int,
        nargs="+",
        default=[32, 64, 128, 256],
        help="channels of each scale, of the backbone and of the change detector",
    )
    parser.add_argument("--channels", type=int, default=64, help="channels of difference maps")
    parser.add_argument("--out-channels", type=int, default=256, help="channels of the tokens")
    parser.add_argument("--num-heads", type=int, default=4, help="attention heads")
    parser.add_argument("--pairs", type=int, default=32, help="pairs per batch")
    parser.add_argument("--size", type=int, default=128, help="height and width of the images")
    parser.add_argument("--repeats", type=int, default=5, help="rounds; the median counts")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def random_maps(args: argparse.Namespace, trained: bool) -> tuple[Tensor, ...]:
    """Maps of one date at strides 4, 8, 16, ..., as a backbone gives them, trained or frozen."""
    sides = [args.size // 4 // 2**k for k in range(len(args.in_channels))]
    return tuple(
        torch.randn(args.pairs, c, side, side, device=args.device, requires_grad=trained)
        for c, side in zip(args.in_channels, sides, strict=True)
    )


def build(args: argparse.Namespace, option: dict[str, Any]) -> JFM:
    """A neck with a change detector and one option."""
    sizes = {name: getattr(args, name) for name in ("channels", "out_channels", "num_heads")}
    return JFM(args.in_channels, args.in_channels, **sizes, **option).to(args.device)


def seconds(neck: JFM, dates: tuple[Any, Any], change: ChangeFeatures, device: str) -> float:
    """Time of one forward and backward pass."""

    def now() -> float:
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        return time.perf_counter()

    start = now()
    difference = neck(*dates, change)
    (difference.tokens.sum() + difference.pooled.sum()).backward()
    return now() - start


def main() -> None:
    args = parse_args()
    torch.manual_seed(0)
    dates = (random_maps(args, trained=True), random_maps(args, trained=True))
    change = ChangeFeatures(random_maps(args, trained=False), random_maps(args, trained=False))
    necks = {name: build(args, option) for name, option in OPTIONS.items()}
    rounds = [
        {name: seconds(neck, dates, change, args.device) for name, neck in necks.items()}
        for _ in track(range(1 + args.repeats), "Rounds", console=Console(stderr=True))
    ][1:]  # The first warms up.
    print(
        f"{args.pairs} pairs of {args.size} x {args.size} pixels, {args.device}, "
        f"{torch.get_num_threads()} threads, median of {args.repeats}\n"
    )
    print("| option | parameters (1000) | seconds | times the default's |\n|---|---:|---:|---:|")
    for name, neck in necks.items():
        parameters = sum(p.numel() for p in neck.parameters()) / 1000
        median = statistics.median(r[name] for r in rounds)
        ratio = statistics.median(r[name] / r["default"] for r in rounds)
        print(f"| {name} | {parameters:.0f} | {median:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
