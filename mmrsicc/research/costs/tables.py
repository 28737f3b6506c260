"""Tables of measured costs in Markdown."""

from collections.abc import Mapping
from typing import Any

from mmrsicc.evaluation.scores.tables import markdown

#: Ways of decoding, the slowest loop first.
DECODING = ("padded", "growing", "cached", "batched")


def costs_title(costs: Mapping[str, Any]) -> str:
    """Title of a file of costs: what was measured and where."""
    machine = costs["machine"]
    sizes = {(c["height"], c["width"], c["length"]) for c in costs["methods"].values()}
    size = " and ".join(f"{h} x {w} pixels, {n} words" for h, w, n in sorted(sizes))
    decoding = " and ".join(sorted({c["decoding"] for c in costs["methods"].values()}))
    return (
        f"Costs: {size} a sentence; medians of {costs['rounds']} rounds on {machine['device']} "
        f"(threads: {machine['threads']}, load before the start: {machine['load_before']:.1f}). "
        f"Captioning decodes by {decoding}, FLOPs are those of greedy decoding, and one "
        "multiplication with its addition is two of them; auxiliary losses are left out of "
        "parameters and FLOPs; memory is the peak above the bare process:"
    )


def costs_table(methods: Mapping[str, Any]) -> str:
    """A Markdown table of costs by method."""
    titles = ["method", "parameters (M)", "trainable (M)", "GFLOPs per pair"]
    titles += ["training, pairs/s", "captioning, pairs/s", "training, MiB", "captioning, MiB"]
    lines = [titles]
    for name, cost in methods.items():
        parameters = [
            f"{sum(part[kind] for part in cost['parameters'].values()) / 1e6:.2f}"
            for kind in ("total", "trainable")
        ]
        timed = [f"{cost[part]['pairs_per_second']:.1f}" for part in ("train", "caption")]
        memory = [f"{cost[part]['peak_mib']:.0f}" for part in ("train", "caption")]
        flops = f"{sum(cost['flops'].values()) / 1e9:.2f}"
        lines.append([name, *parameters, flops, *timed, *memory])
    return markdown(lines)


def speed_table(speed: Mapping[str, Any]) -> str:
    """A Markdown table of what ``tools/analysis_tools/benchmark.py`` measured, with its title."""
    lines = [["config", *DECODING, "batched / padded", "batched / cached", "same sentences"]]
    lines[0] += ["images to sentences", "peak MiB"]
    pairs = speed["pairs"]
    for name, found in speed["configs"].items():
        rates = [f"{pairs / found[way]:.1f}" for way in (*DECODING, "end_to_end")]
        ratios = [f"{found[way] / found['batched']:.1f}" for way in ("padded", "cached")]
        same = f"{found['same']} of {pairs}"
        lines.append([name, *rates[:-1], *ratios, same, rates[-1], f"{found['memory']:.0f}"])
    return (
        "Pairs per second, {pairs} pairs of {size} x {size} pixels, {length} words each, median of "
        "{repeats} rounds on {device} (threads: {threads}, load before the start: "
        "{load_before:.1f}).\n"
        "Decoding one pair at a time: padded, growing, cached; all pairs together: batched.\n\n"
    ).format(**speed) + markdown(lines)
